import type { TestApi } from '@ia-modules/api/testing';
import { createClient } from 'graphql-ws';
import type { GraphqlError } from './graphql-client.ts';

export const RUN_EVENTS = `subscription ($runId: ID!, $after: String) { runEvents(runId: $runId, after: $after) {
  __typename
  ... on RunEvent { seq type stepId data cursor }
  ... on Gap { from to } } }`;

type Item = Readonly<Record<string, unknown>>;

type Feed = {
  /** The values of the first field, as they came. */
  readonly items: readonly Item[];
  readonly data: readonly unknown[];
  readonly errors: readonly GraphqlError[];
  /** Settles with the first result, errors too. */
  readonly first: Promise<void>;
  /** Settles when the server completes the operation, with errors too. */
  readonly done: Promise<void>;
  /** @throws EndedEarly when the operation, or its connection, ends before there are so many. */
  waitFor(count: number): Promise<void>;
  /** Ends the operation; what is under way is not taken any more. */
  end(): void;
};

export type SocketClient = {
  subscribe(query: string, variables: object): Feed;
  readonly closed: Promise<{ readonly code: number }>;
  close(): Promise<void>;
};

/** Said of an operation that ended, mostly with its connection, before it gave what was waited for. */
export class EndedEarly extends Error {}

const describeEnding = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return String(error);
  const { code, reason, message } = error as {
    readonly code?: unknown;
    readonly reason?: unknown;
    readonly message?: unknown;
  };
  return [code, reason, message].filter((part) => part !== undefined && part !== '').join(' ');
};

/** A websocket client that never reconnects, so that tests see what the server does to it. */
export const openSocket = (api: TestApi, token: string | undefined): SocketClient => {
  const closed = Promise.withResolvers<{ readonly code: number }>();
  const client = createClient({
    url: api.websocketUrl,
    retryAttempts: 0,
    lazyCloseTimeout: 60_000,
    ...(token !== undefined && { connectionParams: { authorization: `Bearer ${token}` } }),
    on: { closed: (event) => closed.resolve(event as { readonly code: number }) },
  });

  const subscribe = (query: string, variables: object): Feed => {
    const items: Item[] = [];
    const data: unknown[] = [];
    const errors: GraphqlError[] = [];
    const first = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    let wake = Promise.withResolvers<void>();
    let ending: string | undefined;
    const end = client.subscribe<Record<string, Item>>(
      { query, variables: variables as Record<string, unknown> },
      {
        next: (result) => {
          errors.push(...((result.errors ?? []) as GraphqlError[]));
          if (result.data) data.push(result.data);
          const [item] = Object.values(result.data ?? {});
          if (item !== undefined) items.push(item);
          first.resolve();
          wake.resolve();
          wake = Promise.withResolvers();
        },
        error: (error) => {
          if (Array.isArray(error)) errors.push(...(error as GraphqlError[]));
          ending = describeEnding(error);
          done.resolve();
        },
        complete: () => {
          ending ??= 'completed';
          done.resolve();
        },
      },
    );
    const waitFor = async (count: number): Promise<void> => {
      while (items.length < count) {
        await Promise.race([wake.promise, done.promise]);
        if (errors.length > 0) throw new Error(JSON.stringify(errors));
        if (ending !== undefined && items.length < count) {
          throw new EndedEarly(`The operation ended after ${items.length} of ${count} items: ${ending}`);
        }
      }
    };
    return { items, data, errors, first: first.promise, done: done.promise, waitFor, end };
  };

  return { subscribe, closed: closed.promise, close: async () => client.dispose() };
};
