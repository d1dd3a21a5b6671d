import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';

/** The core of the server under test; everything else runs on the others. */
const SERVER_CORE = '0';

export type PinnedProcess = AsyncDisposable & { readonly pid: number; readonly url: string };

type Announcement = { readonly type?: string; readonly url?: string };

/** Starts a script of the repository on the server's core; it tells `{type: 'ready', url}` when it listens. */
export const startPinned = async (
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<PinnedProcess> => {
  const child = spawn('taskset', ['-c', SERVER_CORE, process.execPath, '--conditions=ia-src', script], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const url = await announcedUrl(child);
  return {
    pid: child.pid ?? 0,
    url,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};

const announcedUrl = async (child: ChildProcess): Promise<string> => {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${String(code)}`);
  });
  const ready = new Promise<string>((resolve) => {
    child.on('message', ({ type, url }: Announcement) => {
      if (type === 'ready' && url !== undefined) resolve(url);
    });
  });
  // It ends one day, when nobody waits for it any more.
  ended.catch(() => {});
  return Promise.race([ready, ended]);
};

/** Keeps this process and what it starts afterwards off the server's core, where there is another one. */
export const leaveServerCore = (): void => {
  const cores = execFileSync('nproc', ['--all'], { encoding: 'utf8' }).trim();
  if (Number(cores) > 1) execFileSync('taskset', ['-a', '-cp', `1-${Number(cores) - 1}`, String(process.pid)]);
};
