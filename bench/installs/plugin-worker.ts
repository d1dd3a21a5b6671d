import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { workerData } from './cached-tarball.ts';

export type PluginWorker = AsyncDisposable & { stop(): Promise<void> };

const MAIN = path.resolve(import.meta.dirname, '../../apps/worker/src/main.ts');

/** Starts the worker as an operator does, in a process of its own. It needs no registry: what it runs is cached. */
export const startPluginWorker = async ({
  databaseUrl,
  directory,
}: Readonly<{ databaseUrl: string; directory: string }>): Promise<PluginWorker> => {
  const child = spawn(process.execPath, ['--conditions=ia-src', '--disable-warning=ExperimentalWarning', MAIN], {
    env: {
      ...process.env,
      IA_WORKER_DATABASE_URL: databaseUrl,
      IA_REGISTRY_URL: 'http://127.0.0.1:9',
      IA_INTERNAL_TOKEN: randomBytes(32).toString('hex'),
      IA_DATA_DIR: workerData(directory),
      IA_SECRET_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
  };
  return { stop, [Symbol.asyncDispose]: stop };
};
