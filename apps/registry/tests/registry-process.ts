import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { INTERNAL_TOKEN } from './test-registry.ts';

export type RegistryProcess = Readonly<{
  url: string;
  process: ChildProcess;
  /** Everything it wrote so far. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}>;

export type RegistryProcessOptions = Readonly<{
  databaseUrl: string;
  storageDir: string;
  environment?: Readonly<Record<string, string>>;
}>;

/** Starts the registry as the platform does: a child process on a free port that says when it is ready. */
export async function startRegistryProcess(options: RegistryProcessOptions): Promise<RegistryProcess> {
  const child = fork(fileURLToPath(new URL('../src/main.ts', import.meta.url)), {
    execPath: process.execPath,
    execArgv: ['--conditions=ia-src'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'] ?? '',
      IA_REGISTRY_PORT: '0',
      IA_REGISTRY_STORAGE: options.storageDir,
      IA_REGISTRY_DATABASE_URL: options.databaseUrl,
      IA_INTERNAL_TOKEN: INTERNAL_TOKEN,
      ...options.environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { readonly url: string }) => resolve(message.url));
    child.once('exit', (code) => reject(new Error(`the registry ended with ${code}:\n${output}`)));
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  return { url, process: child, output: () => output, stop };
}
