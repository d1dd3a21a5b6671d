import process from 'node:process';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Logger } from 'pino';
import { describeError } from './describe-error.ts';
import { createLog } from './log.ts';
import type { Environment, LogLevel } from './settings.ts';

export type RunningService = Readonly<{
  /** What it waits for after its start until it is of use. */
  ready?: Promise<unknown>;
  /** Where it is reached; the parent is told. */
  url?: string;
  stop(): Promise<void>;
}>;

export type ServiceInit<Config> = Readonly<{
  name: string;
  readConfig: (environment: Environment) => Config;
  start: (config: Config, log: Logger) => Promise<RunningService>;
}>;

const STOP_TIMEOUT_MS = 10_000;
const EXIT_FAILED = 1;
const EXIT_SETTINGS = 2;

/**
 * Is the whole of a service's process: starts it, tells a parent process `{type: 'ready'}`, and stops it on SIGTERM,
 * SIGINT or when the parent is gone. Ends with 0 after a clean stop, 2 when a setting is wrong, else 1.
 */
export const runService = async <Config extends { readonly logLevel: LogLevel }>(
  init: ServiceInit<Config>,
): Promise<void> => {
  const asked = untilAskedToStop();
  try {
    const config = init.readConfig(process.env);
    const log = createLog(init.name, config.logLevel);
    // One that has not started yet has nothing to give back.
    const started = await Promise.race([init.start(config, log), asked]);
    if (typeof started === 'string') process.exit(0);
    void asked.then((reason) => stop(started, reason, log));
    await started.ready;
    log.info({ url: started.url }, `the ${init.name} is ready`);
    process.send?.({ type: 'ready', url: started.url });
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    const isWrongSetting = error instanceof PlatformError && error.code === 'IA_CONFIG_INVALID';
    process.exit(isWrongSetting ? EXIT_SETTINGS : EXIT_FAILED);
  }
};

const untilAskedToStop = (): Promise<string> =>
  new Promise((resolve) => {
    process.on('SIGTERM', () => resolve('SIGTERM'));
    process.on('SIGINT', () => resolve('SIGINT'));
    process.on('disconnect', () => resolve('the parent process is gone'));
  });

const stop = async (service: RunningService, reason: string, log: Logger): Promise<void> => {
  log.info({ reason }, 'stops');
  setTimeout(() => process.exit(EXIT_FAILED), STOP_TIMEOUT_MS).unref();
  try {
    await service.stop();
    process.exit(0);
  } catch (error) {
    log.error({ err: error }, 'did not stop cleanly');
    process.exit(EXIT_FAILED);
  }
};
