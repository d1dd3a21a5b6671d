import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { type Client, createClient } from 'graphql-ws';
import { z } from 'zod';
import {
  foreignAnswer,
  type GraphqlFailure,
  graphqlErrorSchema,
  toQueryError,
  unauthenticated,
} from './api-failure.ts';
import type { Operation, Variables } from './api-client.ts';
import type { Connection } from './connection.ts';

export type FeedOptions<T> = {
  readonly connection: Connection;
  /** Its data has one field: the item. */
  readonly operation: Operation<Readonly<Record<string, T>>>;
  /** Besides `after`. */
  readonly variables: Variables;
  /** The cursor of the last item that was seen. */
  readonly after: string | undefined;
  /** Undefined for what one can not continue behind. */
  readonly cursorOf: (item: T) => string | undefined;
  /** Told each time the connection broke and is made again. */
  readonly onReconnect: (reason: string) => void;
};

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5000;
const MAX_ATTEMPTS = 20;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5000;

/** Close codes after which the same client would be refused again. */
const FATAL_CLOSE_CODES: ReadonlySet<number> = new Set([4400, 4401, 4403, 4406, 4409, 4429]);

/**
 * Yields the items of a subscription, each once and in order, until it is complete; goes on from the last one when the
 * connection breaks.
 * @throws PlatformError for what the API refuses, and when the connection can't be made again
 */
export async function* followFeed<T>(options: FeedOptions<T>): AsyncIterable<T> {
  const { connection, operation, variables, cursorOf, onReconnect } = options;
  let cursor = options.after;
  for (let attempt = 0; ; attempt += 1) {
    const client = connect(connection);
    try {
      const feed = client.iterate<unknown>({ query: operation.document, variables: { ...variables, after: cursor } });
      for await (const { data, errors } of feed) {
        if (errors !== undefined) throw refused(errors);
        const item = readItem(operation, data);
        cursor = cursorOf(item) ?? cursor;
        attempt = 0;
        yield item;
      }
      return;
    } catch (error) {
      const reason = brokenBecause(error);
      if (attempt >= MAX_ATTEMPTS) throw connectionLost(reason, error);
      onReconnect(reason);
      await delay(Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt));
    } finally {
      await client.dispose();
    }
  }
}

/** A peer that vanished without a word closes nothing: pings find it out. */
const connect = ({ apiUrl, token }: Connection): Client => {
  let overdue: NodeJS.Timeout | undefined;
  const client = createClient({
    url: apiUrl.replace(/^http/, 'ws'),
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    ...(token !== undefined && { connectionParams: { authorization: `Bearer ${token}` } }),
    on: {
      ping: (isReceived) => {
        if (!isReceived) overdue = setTimeout(() => client.terminate(), PONG_WITHIN_MS).unref();
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(overdue);
      },
      closed: () => clearTimeout(overdue),
    },
  });
  return client;
};

const readItem = <T>({ shape }: FeedOptions<T>['operation'], data: unknown): T => {
  const parsed = shape.safeParse(data);
  if (!parsed.success) {
    throw foreignAnswer(`The API sent something else than was asked for: ${z.prettifyError(parsed.error)}`);
  }
  const [item] = Object.values(parsed.data);
  return item as T;
};

const refused = (errors: unknown): PlatformError => {
  const parsed = z.array(graphqlErrorSchema).safeParse(errors);
  const known: readonly GraphqlFailure[] = parsed.data ?? [{ message: 'The API refused the subscription.' }];
  return toQueryError(known);
};

const closeSchema = z.object({ code: z.number(), reason: z.string().optional() });

/** Says why a connection broke that is worth making again. @throws PlatformError for one that is not */
const brokenBecause = (error: unknown): string => {
  if (error instanceof PlatformError) throw error;
  if (Array.isArray(error)) throw refused(error);
  const { code, reason } = closeSchema.safeParse(error).data ?? {};
  if (code === undefined) return 'the connection failed';
  if (code === 4401 || code === 4403) throw unauthenticated('The API token is not valid (any more).');
  const told = reason === undefined || reason === '' ? `closed with ${code}` : `closed with ${code}: ${reason}`;
  if (FATAL_CLOSE_CODES.has(code)) throw foreignAnswer(`The API ended the subscription: ${told}.`);
  return told;
};

const connectionLost = (reason: string, cause: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_CLI_CONNECTION_LOST',
    message: `The connection for live events can not be made: ${reason}.`,
    hint: 'The run goes on without this program; follow it again later.',
    fault: 'infra',
    disposition: 'retry',
    cause,
  });
