import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { InstalledPlugin } from '../plugin-call.ts';
import { createScrub } from '../scrub.ts';
import { createCage } from './cage.ts';
import { type CageKind, findTool } from './cage-layout.ts';
import { checkPluginFolder } from './check-plugin-folder.ts';
import { findDenoBinary } from './deno-binary.ts';
import { createHostTime, type HostTime } from './host-time.ts';
import { denoArgs, denoEnv, prlimitArgs, type LaunchPlan, type LaunchTarget } from './launch-plan.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';

/** `caged`: own namespaces (Linux). `process`: Deno's permissions alone. */
export type SandboxLevel = 'caged' | 'process';

export type Launcher = {
  readonly level: SandboxLevel;
  /** What the cage is made of; null at the level `process`. */
  readonly cage: CageKind | null;
  readonly problem: PlatformError | null;
  readonly start: (plugin: InstalledPlugin) => Promise<SandboxProcess>;
};

const CAGES: readonly CageKind[] = ['bubblewrap', 'unshare'];
const guestPath = fileURLToPath(
  new URL(`../guest/guest${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** @throws PlatformError `IA_PLUGIN_SANDBOX` when the level can't be had on this machine. */
export const createLauncher = async (level: SandboxLevel, cages: readonly CageKind[] = CAGES): Promise<Launcher> => {
  const denoPath = findDenoBinary();
  const time = createHostTime();
  if (level === 'process') return processLauncher(denoPath, time);
  const cage = await createCage(denoPath, cages);
  return {
    level,
    cage: cage.kind,
    problem: null,
    start: async (plugin) => startIn(plugin, cage.plan(await targetOf(plugin, denoPath)), time),
  };
};

const processLauncher = (denoPath: string, time: HostTime): Launcher => ({
  level: 'process',
  cage: null,
  problem: null,
  start: async (plugin) => {
    const target = await targetOf(plugin, denoPath);
    const denoDir = await mkdtemp(join(tmpdir(), 'ia-deno-'));
    const started = startIn(plugin, processPlan(target, denoDir), time);
    const ended = started.ended.then(async (reason) => {
      // A folder that can't be removed is no reason for anybody to wait or to fail.
      await rm(denoDir, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
      return reason;
    });
    return { ...started, ended };
  },
});

/** Without a cage, Linux at least bounds the process and ends it with its host. */
const processPlan = (target: LaunchTarget, denoDir: string): LaunchPlan => {
  const entryUrl = pathToFileURL(join(target.directory, target.entry)).href;
  const args = [...denoArgs(target.directory, target.guestPath, target), entryUrl, String(target.concurrency)];
  const env = denoEnv(denoDir);
  if (process.platform !== 'linux') return { command: target.denoPath, env, args };
  const limits = [findTool('prlimit'), ...prlimitArgs(target.memoryMb), '--', target.denoPath];
  return { command: findTool('setpriv'), env, args: ['--pdeathsig', 'KILL', ...limits, ...args] };
};

const targetOf = async (plugin: InstalledPlugin, denoPath: string): Promise<LaunchTarget> => ({
  denoPath,
  guestPath,
  directory: await checkPluginFolder(plugin.directory),
  entry: plugin.manifest.entry,
  memoryMb: plugin.manifest.permissions.memoryMb,
  concurrency: plugin.manifest.concurrency,
});

const startIn = (plugin: InstalledPlugin, plan: LaunchPlan, time: HostTime): SandboxProcess =>
  startSandboxProcess({
    time: time.open(),
    plan,
    label: `${plugin.name}@${plugin.version}`,
    limits: plugin.manifest.permissions,
    scrub: createScrub([], { [plugin.directory]: '/plugin', [dirname(guestPath)]: '/guest' }),
  });

/** In place of a launcher that could not be made. */
export const unavailableLauncher = (level: SandboxLevel, error: unknown): Launcher => {
  if (!(error instanceof PlatformError)) throw error;
  return { level, cage: null, problem: error, start: () => Promise.reject(error) };
};
