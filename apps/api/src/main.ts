import process from 'node:process';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { readConfig } from './config.ts';
import { type RunningApi, startApi } from './start-api.ts';

/** Stops once, whatever asks for it: a signal, or the parent that went away. */
const stopWith = (api: RunningApi): void => {
  let stopping: Promise<void> | null = null;
  const stop = (): void => {
    stopping ??= api.close().then(
      () => process.exit(0),
      () => process.exit(3),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop);
};

const explain = (error: unknown): string => {
  if (!(error instanceof PlatformError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [`${error.code}: ${error.message}`, error.hint].filter(Boolean).join('\n');
};

try {
  stopWith(await startApi(readConfig(process.env)));
  process.send?.({ type: 'ready' });
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(3);
}
