import { PlatformError } from '@ia-modules/plugin-sdk';
import { pino } from 'pino';
import { readConfig, type WorkerConfig } from './config.ts';
import { startWorker } from './worker.ts';

const SHUTDOWN_MS = 10_000;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const REDACTED = ['password', 'token', 'secret', 'authorization', 'connectionString', 'secrets'];

const main = async (config: WorkerConfig): Promise<void> => {
  const log = pino({
    name: 'worker',
    level: config.logLevel,
    redact: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  });
  const worker = await startWorker(config, log);

  let isStopping = false;
  const stop = (reason: string): void => {
    if (isStopping) return;
    isStopping = true;
    log.info({ reason }, 'The worker stops.');
    setTimeout(() => process.exit(EXIT_FAILED), SHUTDOWN_MS).unref();
    worker.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'The worker did not stop cleanly.');
        process.exit(EXIT_FAILED);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('the parent process is gone'));

  await worker.ready;
  log.info({ metricsPort: worker.metricsPort }, 'The worker is ready.');
  process.send?.({ type: 'ready' });
};

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof PlatformError)) return error.stack ?? error.message;
  return [`${error.code}: ${error.message}`, error.hint].filter((part) => part !== undefined).join(' ');
};

try {
  await main(readConfig(process.env));
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  const isUsage = error instanceof PlatformError && error.code === 'IA_CONFIG_INVALID';
  process.exit(isUsage ? EXIT_USAGE : EXIT_FAILED);
}
