import { bindsOf, type Cage, findTool, INSIDE, insideArgs, librariesOf } from './cage-layout.ts';
import { denoEnv, prlimitArgs } from './launch-plan.ts';

const ISOLATION = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-net',
  '--unshare-cgroup-try',
  '--die-with-parent',
  '--new-session',
  '--as-pid-1',
  '--hostname',
  'sandbox',
  '--uid',
  INSIDE.user,
  '--gid',
  INSIDE.user,
  '--clearenv',
  '--symlink',
  INSIDE.deno,
  INSIDE.ownBinary,
];
const LAST = ['--size', String(INSIDE.cacheBytes), '--tmpfs', INSIDE.cache, '--remount-ro', '/', '--chdir', '/'];

/** @throws Error when bubblewrap is not installed. */
export const createBubblewrapCage = async (denoPath: string): Promise<Cage> => {
  const tools = { bwrap: findTool('bwrap'), prlimit: findTool('prlimit') };
  const libraries = await librariesOf(denoPath);
  const environment = Object.entries(denoEnv(INSIDE.cache)).flatMap(([name, value]) => ['--setenv', name, value]);
  return {
    kind: 'bubblewrap',
    plan: (target) => {
      const binds = [{ from: target.directory, to: INSIDE.plugin }, ...bindsOf(target, libraries)];
      const bindArgs = binds.flatMap(({ from, to }) => ['--ro-bind', from, to]);
      const limits = prlimitArgs(target.memoryMb);
      const args = [
        ...limits,
        '--',
        tools.bwrap,
        ...ISOLATION,
        ...environment,
        ...bindArgs,
        ...LAST,
        ...insideArgs(target),
      ];
      return { command: tools.prlimit, env: {}, args };
    },
  };
};
