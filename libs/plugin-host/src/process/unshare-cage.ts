import { delimiter } from 'node:path';
import { bindsOf, type Cage, findTool, INSIDE, insideArgs, librariesOf, TOOL_FOLDERS } from './cage-layout.ts';
import { denoEnv, prlimitArgs } from './launch-plan.ts';

/**
 * Builds the cage's root out of read-only binds on a tmpfs. Arguments: root, plugin folder, pairs of file or folder and target up to
 * `--`, then the command. It ends in a second user namespace, whose user has no capability over the first, chrooted, so
 * that it can make no further namespace.
 */
const CAGE_SCRIPT = `set -eu
umask 022
PATH=${TOOL_FOLDERS.join(delimiter)}
root=$1 plugin=$2
shift 2
mount -t tmpfs -o size=1m,mode=0755,nosuid,nodev tmpfs "$root"
while [ "$1" != -- ]; do
  mkdir -p "$root\${2%/*}"
  if [ -d "$1" ]; then mkdir "$root$2"; else : > "$root$2"; fi
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro,nosuid,nodev "$root$2"
  shift 2
done
shift
mkdir -p "$root${INSIDE.plugin}" "$root${INSIDE.cache}" "$root/proc/self"
ln -s ${INSIDE.deno} "$root${INSIDE.ownBinary}"
mount --bind "$plugin" "$root${INSIDE.plugin}"
mount -o remount,bind,ro,nosuid,nodev,noexec "$root${INSIDE.plugin}"
mount -t tmpfs -o size=${INSIDE.cacheBytes},mode=0777,nosuid,nodev,noexec tmpfs "$root${INSIDE.cache}"
mount -o remount,bind,ro,nosuid,nodev "$root"
exec unshare --user --map-user=${INSIDE.user} --map-group=${INSIDE.user} --root="$root" --wd=/ "$@"
`;

/** Any folder that exists will do: the mount is seen in the cage's own namespace alone, and leaves nothing behind. */
const MOUNT_POINT = import.meta.dirname;

const NAMESPACES = ['--user', '--map-root-user', '--mount', '--net', '--pid', '--ipc', '--uts'];

/** Works with util-linux alone, as root and as an ordinary user. @throws Error when one of its tools is not installed. */
export const createUnshareCage = async (denoPath: string): Promise<Cage> => {
  const tools = { setpriv: findTool('setpriv'), unshare: findTool('unshare'), prlimit: findTool('prlimit') };
  const libraries = await librariesOf(denoPath);
  const dieWithParent = ['--pdeathsig', 'KILL', tools.unshare, '--fork', '--kill-child'];
  return {
    kind: 'unshare',
    plan: (target) => {
      const bindArgs = bindsOf(target, libraries).flatMap(({ from, to }) => [from, to]);
      const limits = [tools.prlimit, ...prlimitArgs(target.memoryMb), '--'];
      const script = [
        '/bin/sh',
        '-c',
        CAGE_SCRIPT,
        'cage',
        MOUNT_POINT,
        target.directory,
        ...bindArgs,
        '--',
        ...insideArgs(target),
      ];
      return {
        command: tools.setpriv,
        env: denoEnv(INSIDE.cache),
        args: [...dieWithParent, ...NAMESPACES, ...limits, ...script],
      };
    },
  };
};
