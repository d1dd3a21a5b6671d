import { createBackoff } from './backoff.ts';
import { createDatabaseConnection } from './database-connection.ts';

/**
 * Calls `onNotified` for each notification on the channels, with its payload, and once, without, after every (re)connect, as what came before was
 * missed. Returns what ends it.
 */
export const listenTo = (options: {
  readonly url: string;
  readonly channels: readonly string[];
  readonly onNotified: (payload?: string) => void;
}): (() => Promise<void>) => {
  const { url, channels, onNotified } = options;
  const closed = new AbortController();
  const backoff = createBackoff(closed.signal);
  const connection = createDatabaseConnection({ url, applicationName: 'ia-worker-inbox' });

  const listen = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      try {
        await connection.use(async (client) => {
          const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
          client.on('notification', ({ payload }) => onNotified(payload));
          for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
          backoff.reset();
          onNotified();
          await ended;
        });
      } catch {
        await backoff.pause();
      }
    }
  };

  const listening = listen();
  return async () => {
    closed.abort();
    await connection.close();
    await listening;
  };
};
