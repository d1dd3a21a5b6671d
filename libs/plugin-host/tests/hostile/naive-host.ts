import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findDenoBinary } from '../../src/process/deno-binary.ts';
import type { Attempt } from './attempt.ts';
import { type Canaries, createCanaries, ENVIRONMENT_CANARY } from './canaries.ts';
import { judge, type Outcome } from './judge.ts';
import { killMarked } from './marked-processes.ts';
import { NaiveReader } from './naive-reader.ts';
import { createPluginFolder } from './plugin-folder.ts';
import { withPermissions } from './sandbox-host.ts';

export type NaiveHost = {
  /** Runs an attempt with nothing to hold it, and names the canaries that fired. */
  readonly run: (attempt: Attempt) => Promise<{ readonly fired: readonly string[]; readonly outcome: Outcome }>;
  readonly close: () => Promise<void>;
};

/** Far enough to be beyond every limit of the sandbox, near enough for the machine that tests. */
const BOUND = { ms: 700, megabytes: 200, count: 20 };
const MAX_RUN_MS = 8_000;
const guestPath = fileURLToPath(new URL('naive-guest.ts', import.meta.url));

export const createNaiveHost = async (): Promise<NaiveHost> => {
  const canaries = await createCanaries();
  const denoDirectory = await mkdtemp(join(tmpdir(), 'ia-naive-'));
  const granted = `localhost:${canaries.servers.grantedPort}`;
  return {
    run: async (attempt) => {
      const folder = await createPluginFolder(withPermissions(attempt, granted), canaries.folder);
      const entry = pathToFileURL(join(folder.plugin.directory, folder.plugin.manifest.entry)).href;
      try {
        const { outcome, realmChanges, wasKilled, stop } = await runGuest({ canaries, attempt, entry, denoDirectory });
        const hostPaths = [folder.plugin.directory];
        const fired = await judge({ outcome, canaries, realmChanges, hostPaths });
        stop();
        return { fired: wasKilled ? [...fired, 'process'] : fired, outcome };
      } finally {
        killMarked(canaries.mark);
        await canaries.restore();
        await folder.remove();
      }
    },
    close: async () => {
      await canaries.close();
      await rm(denoDirectory, { recursive: true, force: true });
    },
  };
};

type GuestRun = {
  readonly canaries: Canaries;
  readonly attempt: Attempt;
  readonly entry: string;
  readonly denoDirectory: string;
};

const runGuest = async ({ canaries, attempt, entry, denoDirectory }: GuestRun) => {
  const { contents, folder } = canaries;
  const input = canaries.inputOf(BOUND, true);
  const call = { id: input.callId, name: 'go', input };
  const calls = [
    ...(attempt.before === undefined ? [] : [{ ...call, id: 1, name: 'before', secrets: { MINE: contents.tenant } }]),
    { ...call, secrets: { MINE: contents.granted, UNGRANTED: contents.ungranted } },
  ];
  const denoArgs = ['run', '-A', '--quiet', '--no-lock', '--no-config', '--no-prompt', guestPath, entry];
  // A shell between the two: an attempt that ends its parent ends no more than that.
  const child = spawn(
    '/bin/sh',
    ['-c', '"$@"; exit $?', 'naive', findDenoBinary(), ...denoArgs, JSON.stringify(calls)],
    {
      cwd: folder,
      env: { ...process.env, [ENVIRONMENT_CANARY]: contents.environment, DENO_DIR: denoDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  const reader = new NaiveReader(input.callId);
  child.stdout.on('data', (chunk: Buffer) => reader.read(chunk));
  child.stderr.on('data', (chunk: Buffer) => reader.readError(chunk));
  const timer = setTimeout(() => killGroup(child.pid), MAX_RUN_MS);
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  await reader.settle();
  return { ...reader.end(), wasKilled: signal !== null, stop: () => killGroup(child.pid) };
};

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
};
