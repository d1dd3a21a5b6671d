import { describe, expect, it } from 'vitest';
import { type FeedObserver, type FeedState, followEvents } from './follow-events.ts';

const LOG = ['a', 'b', 'c', 'd', 'e'];

/** A log that loses the connection after each of `drops` events, then delivers the rest and completes. */
function unreliableLog(drops: readonly number[]) {
  const openedBehind: (string | null)[] = [];
  const subscribe = (after: string | null, observer: FeedObserver<string>) => {
    const drop = drops[openedBehind.length];
    openedBehind.push(after);
    const start = after === null ? 0 : LOG.indexOf(after) + 1;
    for (const event of LOG.slice(start, drop === undefined ? undefined : start + drop)) observer.next(event);
    if (drop === undefined) observer.complete();
    else observer.error(new Error('socket closed'));
    return () => {};
  };
  return { openedBehind, subscribe };
}

function follow(subscribe: Parameters<typeof followEvents<string>>[0]['subscribe'], refusal?: Error) {
  const seen: string[] = [];
  const states: FeedState[] = [];
  const delays: number[] = [];
  const pending = new Set<Readonly<{ attempt: () => void; delayMs: number }>>();
  const stop = followEvents<string>({
    subscribe,
    cursorOf: (event) => event,
    onPayload: (event) => seen.push(event),
    onState: (state) => states.at(-1) !== state && states.push(state),
    isRefusal: (error) => error === refusal,
    isOver: () => seen.at(-1) === 'e',
    schedule: (attempt, delayMs) => {
      const entry = { attempt, delayMs };
      pending.add(entry);
      return () => pending.delete(entry);
    },
  });
  const settle = () => {
    for (const entry of pending) {
      pending.delete(entry);
      delays.push(entry.delayMs);
      entry.attempt();
    }
  };
  return { seen, states, delays, stop, settle };
}

describe('followEvents', () => {
  it('resumes behind the last event after each lost connection, once each and in order', () => {
    const { subscribe, openedBehind } = unreliableLog([2, 0, 1]);
    const feed = follow(subscribe);
    feed.settle();
    expect(feed.seen).toEqual(LOG);
    expect(openedBehind).toEqual([null, 'b', 'b', 'c']);
    expect(feed.states.at(-1)).toBe('ended');
  });

  it('waits longer while nothing arrives, and short again after an event', () => {
    const feed = follow(unreliableLog([0, 0, 1, 0]).subscribe);
    feed.settle();
    expect(feed.delays).toEqual([300, 600, 300, 600]);
  });

  it('does not ask again what the API refused', () => {
    const refusal = new Error('not found');
    const feed = follow((_, observer) => {
      observer.error(refusal);
      return () => {};
    }, refusal);
    feed.settle();
    expect(feed.states).toEqual(['connecting', 'refused']);
    expect(feed.delays).toEqual([]);
  });

  it('connects again when the server ends the stream before the run ended', () => {
    let isFirst = true;
    const feed = follow((after, observer) => {
      const events = isFirst ? ['a'] : LOG.slice(LOG.indexOf(after ?? '') + 1);
      isFirst = false;
      for (const event of events) observer.next(event);
      observer.complete();
      return () => {};
    });
    feed.settle();
    expect(feed.seen).toEqual(LOG);
  });

  it('opens one connection for one that was lost, when its transport reports the end twice', () => {
    const { subscribe, openedBehind } = unreliableLog([2]);
    const feed = follow((after, observer) =>
      subscribe(after, {
        ...observer,
        error: (error) => {
          observer.error(error);
          observer.complete();
        },
      }),
    );
    feed.settle();
    expect(openedBehind).toEqual([null, 'b']);
    expect(feed.seen).toEqual(LOG);
  });

  it('is live once a connection stands, before the first event', () => {
    const feed = follow(() => () => {});
    expect(feed.states).toEqual(['connecting']);
    feed.settle();
    expect(feed.states).toEqual(['connecting', 'live']);
  });

  it('stays silent after it was stopped', () => {
    const feed = follow(unreliableLog([1]).subscribe);
    feed.stop();
    feed.settle();
    expect(feed.seen).toEqual(['a']);
  });
});
