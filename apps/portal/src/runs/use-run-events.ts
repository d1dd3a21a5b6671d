'use client';

import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useReducer } from 'react';
import { graphql } from '#src/gql/index.ts';
import type { PortalRunEventsSubscription } from '#src/gql/graphql.ts';
import { type FeedObserver, type FeedState, followEvents } from './follow-events.ts';
import type { LoggedEvent } from './logged-event.ts';
import { advance, isFinished, NO_PROGRESS, type RunProgress } from './run-progress.ts';

const PortalRunEvents = graphql(`
  subscription PortalRunEvents($runId: ID!, $after: String) {
    runEvents(runId: $runId, after: $after) {
      __typename
      ... on RunEvent { seq at type stepId iteration index attempt part data cursor }
      ... on Gap { from to }
    }
  }
`);

type Payload = PortalRunEventsSubscription['runEvents'];

/** `missingCount` is how many events had been pruned before they could be shown. */
export type RunFeed = Readonly<{
  state: FeedState;
  progress: RunProgress;
  events: readonly LoggedEvent[];
  missingCount: number;
}>;

type FeedAction = Readonly<{ kind: 'state'; state: FeedState } | { kind: 'arrived'; payloads: readonly Payload[] }>;

const EMPTY_FEED: RunFeed = { state: 'connecting', progress: NO_PROGRESS, events: [], missingCount: 0 };

/** Arrivals are shown together, so that a burst costs one rendering. */
const BATCH_MS = 40;

/** Follows a run's events from its first to its last. */
export function useRunEvents(runId: string): RunFeed {
  const client = useApolloClient();
  const [feed, dispatch] = useReducer(reduceFeed, EMPTY_FEED);
  useEffect(() => {
    let isAtEnd = false;
    const batch = batchPayloads((payloads) => dispatch({ kind: 'arrived', payloads }));
    const subscribe = (after: string | null, observer: FeedObserver<Payload>) => {
      const subscription = client
        .subscribe({ query: PortalRunEvents, variables: { runId, after }, fetchPolicy: 'no-cache' })
        .subscribe({
          next: ({ data, error }) => {
            if (error !== undefined) observer.error(error);
            else if (data) observer.next(data.runEvents);
          },
          error: observer.error,
          complete: observer.complete,
        });
      return () => subscription.unsubscribe();
    };
    const stop = followEvents<Payload>({
      subscribe,
      cursorOf: (payload) => (payload.__typename === 'RunEvent' ? payload.cursor : null),
      onPayload: (payload) => {
        isAtEnd = isLastPayload(payload);
        batch.add(payload);
      },
      onState: (state) => dispatch({ kind: 'state', state }),
      isRefusal: (error) => CombinedGraphQLErrors.is(error),
      isOver: () => isAtEnd,
      schedule: (attempt, delayMs) => {
        const timer = setTimeout(attempt, delayMs);
        return () => clearTimeout(timer);
      },
    });
    return () => {
      stop();
      batch.cancel();
    };
  }, [client, runId]);
  return feed;
}

/** Only the log of a run that has ended is pruned: a gap behind which nothing comes is its end. */
const isLastPayload = (payload: Payload): boolean =>
  payload.__typename === 'Gap' || isFinished(payload.type.replace(/^run_/, ''));

function batchPayloads(flush: (payloads: readonly Payload[]) => void) {
  let waiting: Payload[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const release = () => {
    timer = undefined;
    const payloads = waiting;
    waiting = [];
    flush(payloads);
  };
  return {
    add: (payload: Payload) => {
      waiting.push(payload);
      timer ??= setTimeout(release, BATCH_MS);
    },
    cancel: () => clearTimeout(timer),
  };
}

function reduceFeed(feed: RunFeed, action: FeedAction): RunFeed {
  if (action.kind === 'state') return feed.state === action.state ? feed : { ...feed, state: action.state };
  const arrived = action.payloads
    .filter((payload) => payload.__typename === 'RunEvent')
    .filter(({ seq }) => seq > feed.progress.lastSeq);
  const gaps = action.payloads.filter((payload) => payload.__typename === 'Gap');
  return {
    ...feed,
    progress: advance(feed.progress, arrived),
    events: [...feed.events, ...arrived],
    missingCount: gaps.reduce((count, gap) => count + gap.to - gap.from + 1, feed.missingCount),
  };
}
