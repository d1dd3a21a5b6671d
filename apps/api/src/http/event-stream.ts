import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import { SLOW_READER_MS } from '../live/socket-connection.ts';
import type { OperationBody, OperationStream } from '../graphql/operation-result.ts';

/** Proxies close what is silent for long. */
const HEARTBEAT_MS = 12_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;

const errorsOf = (error: unknown): OperationBody => ({
  errors: [error instanceof GraphQLError ? error.toJSON() : { message: 'Something went wrong on our side.' }],
});

/**
 * Sends an operation as server-sent events: `next` for each result, then `complete`. The source is asked for more only
 * once the client has taken what there is. When the process ends, the stream ends without `complete`: there is more elsewhere.
 */
export const sendEventStream = async (
  response: ServerResponse,
  { items }: OperationStream,
  draining: AbortSignal,
): Promise<void> => {
  const gone = new AbortController();
  const end = (): void => {
    gone.abort();
    void items.return?.();
  };
  response.on('close', end);
  draining.addEventListener('abort', end);
  const send = async (event: string, data: string): Promise<void> => {
    if (response.write(`event: ${event}\ndata: ${data}\n\n`)) return;
    // Whoever does not read, for long, is not waited for.
    const patience = AbortSignal.any([gone.signal, AbortSignal.timeout(SLOW_READER_MS)]);
    await once(response, 'drain', { signal: patience }).catch(() => response.destroy());
  };
  response.writeHead(200, HEADERS);
  response.write(':\n\n');
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, HEARTBEAT_MS);
  try {
    for await (const body of items) {
      if (gone.signal.aborted) break;
      await send('next', JSON.stringify(body));
    }
  } catch (error) {
    await send('next', JSON.stringify(errorsOf(error)));
  } finally {
    clearInterval(heartbeat);
    draining.removeEventListener('abort', end);
  }
  if (!gone.signal.aborted) await send('complete', '');
  response.end();
};

/** A result that is there at once, as a stream of one. */
export const streamOfOne = async function* (body: OperationBody): AsyncGenerator<OperationBody, void> {
  yield body;
};
