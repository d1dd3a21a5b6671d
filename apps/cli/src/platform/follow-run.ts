import type { Connection } from './connection.ts';
import { type FollowedItem, runEventsFeed } from './documents/event-documents.ts';
import { type FollowedLine, runLogsFeed } from './documents/log-documents.ts';
import { followFeed } from './follow-feed.ts';

export type FollowOptions = {
  readonly connection: Connection;
  readonly runId: string;
  /** The cursor of the last event, or line, that was seen. */
  readonly after: string | undefined;
  /** Told each time the connection broke and is made again. */
  readonly onReconnect: (reason: string) => void;
};

/** Yields a run's events, each once and in order, until the run has ended. @throws PlatformError see {@link followFeed} */
export const followRun = ({ runId, ...options }: FollowOptions): AsyncIterable<FollowedItem> =>
  followFeed({
    ...options,
    operation: runEventsFeed,
    variables: { runId },
    cursorOf: (item) => (item.kind === 'RunEvent' ? item.cursor : undefined),
  });

/** Yields what a run's attempts write, until the run has ended. @throws PlatformError see {@link followFeed} */
export const followLines = ({
  runId,
  levels,
  ...options
}: FollowOptions & { readonly levels: readonly string[] | undefined }): AsyncIterable<FollowedLine> =>
  followFeed({
    ...options,
    operation: runLogsFeed,
    variables: { runId, levels },
    cursorOf: (item) => (item.kind === 'RunLogLine' ? item.cursor : undefined),
  });
