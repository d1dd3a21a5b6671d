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
  /** A folder or a URL. */
  storageDir: string;
  environment?: Readonly<Record<string, string>>;
  /** A module that is loaded before the registry. */
  preload?: string;
  /** What the registry is started through, such as a shell with mounts of its own. */
  through?: readonly [command: string, ...args: string[]];
}>;

/** Starts the registry as the platform does: a child process on a free port that says when it is ready. */
export async function startRegistryProcess(options: RegistryProcessOptions): Promise<RegistryProcess> {
  const flags = ['--conditions=ia-src', ...(options.preload === undefined ? [] : ['--import', options.preload])];
  const [command, ...args] = [...(options.through ?? []), process.execPath, ...flags];
  const child = fork(fileURLToPath(new URL('../src/main.ts', import.meta.url)), {
    execPath: command ?? process.execPath,
    execArgv: args,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'] ?? '',
      IA_REGISTRY_PORT: '0',
      IA_REGISTRY_STORAGE: options.storageDir,
      IA_REGISTRY_DATABASE_URL: options.databaseUrl,
      IA_INTERNAL_TOKEN: INTERNAL_TOKEN,
      IA_REGISTRY_SELF_TEST: 'off',
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
