import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Subscribed = { readonly onEvent: (runId: string, seq: number, receivedAtMs: number) => void };

export type SocketOptions = { readonly url: string; readonly token: string };

/** A connection that has signed in and asks for nothing. */
export const openIdle = async ({ url, token }: SocketOptions): Promise<WebSocket> => {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await once(socket, 'message');
  return socket;
};

const RUN_EVENTS = `subscription ($runId: ID!) { runEvents(runId: $runId) {
  ... on RunEvent { seq at type stepId data cursor } ... on Gap { from to } } }`;

type Target = { readonly runId: string; readonly globalId: string };

/** A connection that follows one run; resolves when its first event has come. */
export const openSubscriber = async (
  options: SocketOptions,
  { runId, globalId }: Target,
  onEvent: Subscribed['onEvent'],
): Promise<WebSocket> => {
  const socket = await openIdle(options);
  const first = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    const receivedAtMs = performance.now();
    const text = (data as Buffer).toString();
    const seq = Number(/"seq":(\d+)/.exec(text)?.[1] ?? Number.NaN);
    if (Number.isNaN(seq)) return first.reject(new Error(text));
    onEvent(runId, seq, receivedAtMs);
    return first.resolve();
  });
  socket.send(
    JSON.stringify({ id: '1', type: 'subscribe', payload: { query: RUN_EVENTS, variables: { runId: globalId } } }),
  );
  await first.promise;
  return socket;
};

/** Opens many, a few at a time. */
export const openMany = async <T>(count: number, open: (index: number) => Promise<T>): Promise<T[]> => {
  const opened: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      opened.push(await open(index));
    }
  };
  await Promise.all(Array.from({ length: 32 }, lane));
  return opened;
};
