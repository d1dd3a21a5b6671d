import { PlatformError } from '@ia-modules/plugin-sdk';
import { pino } from 'pino';
import { type RegistryConfig, readConfig } from './config.ts';
import { startRegistry } from './registry.ts';

const SHUTDOWN_MS = 10_000;
const EXIT_USAGE = 2;

async function main(config: RegistryConfig): Promise<void> {
  const log = pino({
    name: 'registry',
    level: config.logLevel,
    redact: ['*.authorization', '*.headers.authorization'],
  });
  const registry = await startRegistry(config, log);
  log.info({ url: registry.url }, 'the registry is ready');
  process.send?.({ type: 'ready', url: registry.url });

  let isStopping = false;
  const stop = (reason: string) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ reason }, 'the registry stops');
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    registry.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the registry did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('the parent process is gone'));
}

function fail(error: unknown): void {
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = error instanceof PlatformError && error.code === 'IA_CONFIG_INVALID' ? EXIT_USAGE : 1;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof PlatformError)) return error.stack ?? error.message;
  return [`${error.code}: ${error.message}`, error.hint].filter((part) => part !== undefined).join(' ');
}

try {
  await main(readConfig(process.env));
} catch (error) {
  fail(error);
}
