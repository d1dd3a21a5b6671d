import { expect, it } from 'vitest';
import type { FeedSource, Placed } from './feed-source.ts';
import { Topic } from './topic.ts';

const source: FeedSource<number> = { name: 'numbers', permission: 'run.read', read: async () => new Map() };
const topicAt = (seq: number): Topic<number> => {
  const topic = new Topic(source, { tenantId: 't', id: 'run' }, () => undefined);
  topic.members = 1;
  topic.reach([seq, 0], false);
  return topic;
};
const itemsFrom = (first: number, last: number): Placed<number>[] =>
  Array.from({ length: last - first + 1 }, (_, index) => ({
    place: [first + index, 0],
    item: first + index,
    bytes: 1,
  }));

it('is not over for those who wait at its head because somebody else has seen its end', async () => {
  const topic = topicAt(100);
  const waiting = topic.wait(new AbortController().signal);
  topic.reach([102, 0], true);
  expect(topic.isOver).toBe(false);
  topic.extend({ items: itemsFrom(101, 102), end: [102, 0], hasMore: false, isOver: true, isHeldBack: false });
  await waiting;
  expect(topic.itemsAfter([100, 0])?.map(({ item }) => item)).toEqual([101, 102]);
  expect(topic.isOver).toBe(true);
});

it('is over at once for whoever comes when everything is known', () => {
  const topic = topicAt(100);
  topic.reach([100, 0], true);
  expect(topic.isOver).toBe(true);
});
