import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { denoArgs, denoEnv, prlimitArgs, type LaunchPlan, type LaunchTarget } from './launch-plan.ts';

const run = promisify(execFile);

export type CageKind = 'bubblewrap' | 'unshare';

/** A cage of own user, network, process, mount, IPC and host name namespaces, with nothing in it but Deno and the plugin. */
export type Cage = {
  readonly kind: CageKind;
  readonly plan: (target: LaunchTarget) => LaunchPlan;
  readonly close: () => Promise<void>;
};

const NOBODY = '65534';
const PLUGIN_ROOT = '/plugin';
const GUEST_ROOT = '/guest';
const CACHE_ROOT = '/cache';
const CACHE_BYTES = 16 * 1024 * 1024;
const TOOL_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const PROBE_TIMEOUT_MS = 20_000;

/**
 * Finds a cage that works on this machine, bubblewrap first, by starting Deno in it once.
 *
 * @throws PlatformError `IA_PLUGIN_SANDBOX` when none does; `details.attempts` says why.
 */
export const createCage = async (denoPath: string, kinds: readonly CageKind[]): Promise<Cage> => {
  const attempts: string[] = [];
  for (const kind of kinds) {
    try {
      const cage = kind === 'bubblewrap' ? await bubblewrapCage(denoPath) : await unshareCage(denoPath);
      try {
        await probe(cage, denoPath);
        return cage;
      } catch (error) {
        await cage.close();
        throw error;
      }
    } catch (error) {
      attempts.push(`${kind}: ${error instanceof Error ? error.message.slice(0, 500) : 'failed'}`);
    }
  }
  throw new PlatformError({
    code: 'IA_PLUGIN_SANDBOX',
    message: 'No cage for third-party plugins can be set up on this machine.',
    hint: 'Third-party plugins need Linux with unprivileged user namespaces (bubblewrap or util-linux); in a container, allow them in its seccomp profile. The operator may set the level "process" instead, which isolates less.',
    fault: 'infra',
    details: { attempts },
  });
};

const probe = async (cage: Cage, denoPath: string): Promise<void> => {
  const target = { denoPath, guestPath: import.meta.filename, directory: import.meta.dirname, entry: '', memoryMb: 64 };
  const plan = cage.plan(target);
  const args = [...plan.args.slice(0, plan.args.indexOf('run')), '--version'];
  await run(plan.command, args, { env: plan.env, timeout: PROBE_TIMEOUT_MS });
};

const insideArgs = (target: LaunchTarget): readonly string[] => [
  '/deno',
  ...denoArgs(PLUGIN_ROOT, guestInside(target), target),
  `file://${PLUGIN_ROOT}${pathToFileURL(`/${target.entry}`).pathname}`,
];

const guestInside = (target: LaunchTarget): string =>
  `${GUEST_ROOT}/guest${target.guestPath.endsWith('.ts') ? '.ts' : '.js'}`;

const bubblewrapCage = async (denoPath: string): Promise<Cage> => {
  const tools = { bwrap: findTool('bwrap'), prlimit: findTool('prlimit') };
  const libraries = await librariesOf(denoPath);
  return {
    kind: 'bubblewrap',
    close: async () => {},
    plan: (target) => ({
      command: tools.prlimit,
      env: {},
      args: [
        ...prlimitArgs(target.memoryMb),
        '--',
        tools.bwrap,
        ...[
          '--unshare-user',
          '--unshare-pid',
          '--unshare-ipc',
          '--unshare-uts',
          '--unshare-net',
          '--unshare-cgroup-try',
        ],
        ...[
          '--uid',
          NOBODY,
          '--gid',
          NOBODY,
          '--hostname',
          'sandbox',
          '--die-with-parent',
          '--new-session',
          '--as-pid-1',
        ],
        ...bindArgs(target.denoPath, '/deno'),
        ...libraries.flatMap(({ from, to }) => bindArgs(from, to)),
        ...bindArgs(target.guestPath, guestInside(target)),
        ...bindArgs(target.directory, PLUGIN_ROOT),
        ...['--size', String(CACHE_BYTES), '--tmpfs', CACHE_ROOT, '--remount-ro', '/', '--chdir', '/', '--clearenv'],
        ...Object.entries(denoEnv(CACHE_ROOT)).flatMap(([name, value]) => ['--setenv', name, value]),
        ...insideArgs(target),
      ],
    }),
  };
};

const bindArgs = (from: string, to: string): readonly string[] => ['--ro-bind', from, to];

/**
 * Builds the cage's root out of read-only binds on a tmpfs. Arguments: root, plugin folder, cache size, pairs of file and
 * target up to `--`, then the command. It ends in a second user namespace, whose user owns nothing and has no capability
 * over the first, chrooted, so that it can make no further namespace.
 */
const CAGE_SCRIPT = `set -eu
umask 022
PATH=${TOOL_FOLDERS.join(delimiter)}
root=$1 plugin=$2 cache_bytes=$3
shift 3
mount -t tmpfs -o size=1m,mode=0755,nosuid,nodev tmpfs "$root"
while [ "$1" != -- ]; do
  mkdir -p "$root\${2%/*}"
  : > "$root$2"
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro,nosuid,nodev "$root$2"
  shift 2
done
shift
mkdir "$root${PLUGIN_ROOT}" "$root${CACHE_ROOT}"
mount --bind "$plugin" "$root${PLUGIN_ROOT}"
mount -o remount,bind,ro,nosuid,nodev,noexec "$root${PLUGIN_ROOT}"
mount -t tmpfs -o "size=$cache_bytes,mode=0777,nosuid,nodev,noexec" tmpfs "$root${CACHE_ROOT}"
mount -o remount,bind,ro,nosuid,nodev "$root"
exec unshare --user --map-user=${NOBODY} --map-group=${NOBODY} --root="$root" --wd=/ "$@"
`;

const unshareCage = async (denoPath: string): Promise<Cage> => {
  const tools = { setpriv: findTool('setpriv'), unshare: findTool('unshare'), prlimit: findTool('prlimit') };
  const libraries = await librariesOf(denoPath);
  const root = await mkdtemp(join(tmpdir(), 'ia-cage-'));
  return {
    kind: 'unshare',
    close: () => rmdir(root),
    plan: (target) => ({
      command: tools.setpriv,
      env: denoEnv(CACHE_ROOT),
      args: [
        ...[
          '--pdeathsig',
          'KILL',
          tools.unshare,
          '--user',
          '--map-root-user',
          '--mount',
          '--net',
          '--pid',
          '--ipc',
          '--uts',
        ],
        ...[
          '--fork',
          '--kill-child',
          tools.prlimit,
          ...prlimitArgs(target.memoryMb),
          '--',
          '/bin/sh',
          '-c',
          CAGE_SCRIPT,
          'cage',
        ],
        ...[root, target.directory, String(CACHE_BYTES)],
        ...[target.denoPath, '/deno', target.guestPath, guestInside(target)],
        ...libraries.flatMap(({ from, to }) => [from, to]),
        '--',
        ...insideArgs(target),
      ],
    }),
  };
};

type Library = { readonly from: string; readonly to: string };

const librariesOf = async (denoPath: string): Promise<readonly Library[]> => {
  const { stdout } = await run(findTool('ldd'), [denoPath]);
  const paths = stdout.match(/\/\S+(?= \(0x)/g) ?? [];
  return await Promise.all([...new Set(paths)].map(async (to) => ({ from: await realpath(to), to })));
};

const findTool = (name: string): string => {
  const path = TOOL_FOLDERS.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
};
