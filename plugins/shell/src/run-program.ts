import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { collectOutput } from './collect-output.ts';
import { endGroup, killGroup } from './process-group.ts';
import type { ShellInput } from './shell-input.ts';

export type Finished = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly isTruncated: boolean;
  readonly durationMs: number;
};

type Running = { readonly wanted: ShellInput; readonly folder: string; readonly context: TrustedContext };

const PATH = '/usr/local/bin:/usr/bin:/bin';

/** Runs a program to its end, and with it all that it has started in its process group. */
export const runProgram = async ({ wanted, folder, context }: Running): Promise<Finished> => {
  const startedAt = performance.now();
  const child = await start(wanted, folder);
  const stdout = collectOutput(child.stdout, wanted.max_output_bytes, context.logger.info);
  const stderr = collectOutput(child.stderr, wanted.max_output_bytes, context.logger.warn);
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  // What it left in the background would keep its outputs open.
  child.once('exit', () => killGroup(child));
  const timeout = AbortSignal.timeout(wanted.timeout_ms);
  const ended = AbortSignal.any([context.signal, timeout]);
  const stop = (): void => endGroup(child);
  if (ended.aborted) stop();
  else ended.addEventListener('abort', stop, { once: true });
  // A program that reads nothing closes the pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(wanted.stdin);
  const [exitCode, signal] = await closed;
  ended.removeEventListener('abort', stop);
  if (context.signal.aborted) throw context.signal.reason;
  if (timeout.aborted) throw outOfTime(wanted.timeout_ms);
  return {
    exitCode,
    signal,
    stdout: stdout.text(),
    stderr: stderr.text(),
    isTruncated: stdout.isTruncated() || stderr.isTruncated(),
    durationMs: Math.round(performance.now() - startedAt),
  };
};

const start = async (wanted: ShellInput, folder: string): Promise<ChildProcessWithoutNullStreams> => {
  const [command, args] = wanted.shell
    ? ['/bin/sh', ['-c', wanted.command, 'sh', ...wanted.args]]
    : [wanted.command, wanted.args];
  const env = { PATH, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', ...wanted.env };
  try {
    const child = spawn(command, args, { cwd: folder, env, detached: true, stdio: 'pipe' });
    await once(child, 'spawn');
    return child;
  } catch (cause) {
    throw notStarted(cause);
  }
};

const notStarted = (cause: unknown): PluginError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
  const isBusy = code === 'EAGAIN' || code === 'EMFILE' || code === 'ENOMEM';
  return new PluginError({
    name: code === 'ENOENT' ? 'CommandNotFoundError' : 'CommandError',
    message: `The program could not be started: ${code}.`,
    hint: `Programs are looked for in ${PATH}.`,
    retryable: isBusy,
  });
};

const outOfTime = (timeoutMs: number): PluginError =>
  new PluginError({
    name: 'TimeoutError',
    message: `The program did not end within ${timeoutMs} ms.`,
    retryable: true,
    details: { outcome: 'unknown' },
  });
