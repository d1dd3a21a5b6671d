import { PlatformError } from '@ia-modules/plugin-sdk';
import { Listr } from 'listr2';
import { banner } from './banner.ts';
import { AlreadyRunningError, BOOT_STEPS, type Boot, tearDown } from './boot.ts';
import { type DevConfig, readConfig } from './config.ts';

/** npm and a terminal may both deliver one Ctrl-C: what comes this soon after is no second one. */
const SAME_CTRL_C_MS = 700;

const EXIT_FAILED = 1;

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

function explain(error: unknown): void {
  if (!(error instanceof PlatformError)) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return;
  }
  say(`\n${error.message}`);
  if (error.hint !== undefined) say(`→ ${error.hint}`);
}

async function boot(state: Boot): Promise<void> {
  let failure: unknown;
  const tasks = new Listr<Boot>(
    BOOT_STEPS.map((step) => ({
      title: step.title,
      task: async (context, task) => {
        try {
          await step.run(context, (message) => (task.output = message));
        } catch (error) {
          failure = error;
          throw new Error('see below', { cause: error });
        }
      },
    })),
    // Signals are handled here, where everything that was started can be stopped.
    { ctx: state, collectErrors: false, registerSignalListeners: false, rendererOptions: { showErrorMessage: false } },
  );
  await tasks.run().catch((error: unknown) => {
    throw failure ?? error;
  });
}

/** Resolves at the first signal that asks to stop; a later one kills everything at once. */
function stopRequest(state: Boot): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (firstAt === undefined) {
        firstAt = Date.now();
        resolve(signal);
        return;
      }
      if (Date.now() - firstAt < SAME_CTRL_C_MS) return;
      say('Stopping at once.');
      for (const service of Object.values(state.services ?? {})) service.kill();
      void (state.postgres?.stop() ?? Promise.resolve()).finally(() => process.exit(EXIT_FAILED));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

async function run(config: DevConfig): Promise<number> {
  const state: Boot = { config, report: (message) => say(`[${new Date().toISOString()}] ${message}`) };
  const stopping = stopRequest(state);
  const started = boot(state);
  // A stop in the middle of the start makes its steps fail: that is no news then.
  started.catch(() => {});
  try {
    const outcome = await Promise.race([started.then(() => 'started' as const), stopping]);
    if (outcome === 'started' && state.access !== undefined) {
      process.stdout.write(`\n${banner(state.access, config)}\n\nReady. Ctrl-C stops everything.\n`);
      // An idle timer keeps the process alive when all services are between two lives.
      const keepAlive = setInterval(() => {}, 2 ** 30);
      await stopping;
      clearInterval(keepAlive);
    }
    say('\nStopping…');
    await tearDown(state);
    say('Stopped.');
    return 0;
  } catch (error) {
    await tearDown(state);
    explain(error);
    return error instanceof AlreadyRunningError ? 2 : EXIT_FAILED;
  }
}

try {
  process.exit(await run(readConfig(process.env)));
} catch (error) {
  explain(error);
  process.exit(EXIT_FAILED);
}
