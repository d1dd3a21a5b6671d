import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { copyBinaries, type PostgresBinaries } from './postgres-binaries.ts';

/** The id that files and processes of "nobody" have everywhere. */
const NOBODY_ID = 65_534;
const SHARED_DIRECTORY = '/var/lib/ia-modules';

export type LaunchKind = 'direct' | 'user-namespace' | 'dropped';

/** How to run PostgreSQL, which refuses to run as root. */
export type Launch = {
  readonly kind: LaunchKind;
  readonly binaries: PostgresBinaries;
  /** Prefixed to each command. */
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
};

/** Chooses the least intrusive way that works here; `preferred` asks for one by name. */
export function chooseLaunch(binaries: PostgresBinaries, preferred?: LaunchKind): Launch {
  if (process.getuid?.() !== 0 || preferred === 'direct') return { kind: 'direct', binaries, prefix: [] };
  if (preferred !== 'dropped') {
    const namespaced = userNamespaceLaunch(binaries);
    if (namespaced !== undefined) return namespaced;
  }
  return droppedLaunch(binaries);
}

/**
 * A folder that the launched process can reach. Root hands folders below a private one to nobody in vain, so a dropped
 * launch keeps such data beside its binaries.
 */
export function reachableDirectory(launch: Launch, directory: string): string {
  if (launch.kind !== 'dropped') return directory;
  const parent = path.dirname(directory);
  mkdirSync(parent, { recursive: true });
  const { uid, gid } = launch;
  const isReachable = spawnSync('test', ['-x', parent], { ...(uid && { uid }), ...(gid && { gid }) }).status === 0;
  if (isReachable) return directory;
  return path.join(SHARED_DIRECTORY, 'data', encodeURIComponent(directory));
}

/** Gives a folder to the user that PostgreSQL runs as. */
export function handOver(launch: Launch, directory: string): void {
  if (launch.uid !== undefined && launch.gid !== undefined) chownSync(directory, launch.uid, launch.gid);
}

/** Inside a user namespace root's files look like nobody's, so PostgreSQL is content and every folder stays readable. */
function userNamespaceLaunch(binaries: PostgresBinaries): Launch | undefined {
  const prefix = ['unshare', '--user', `--map-user=${NOBODY_ID}`, `--map-group=${NOBODY_ID}`, '--'];
  const probe = spawnSync('unshare', [...prefix.slice(1), binaries.postgres, '--version']);
  return probe.status === 0 ? { kind: 'user-namespace', binaries, prefix } : undefined;
}

function droppedLaunch(binaries: PostgresBinaries): Launch {
  const user = findUnprivilegedUser();
  mkdirSync(path.join(SHARED_DIRECTORY, 'data'), { recursive: true, mode: 0o755 });
  const version = spawnSync(binaries.postgres, ['--version'], { encoding: 'utf8' }).stdout.trim().split(' ').at(-1);
  const copy = copyBinaries(binaries, path.join(SHARED_DIRECTORY, `postgres-${version}`));
  return { kind: 'dropped', binaries: copy, prefix: [], ...user };
}

function findUnprivilegedUser(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    const uid = spawnSync('id', ['-u', name], { encoding: 'utf8' });
    const gid = spawnSync('id', ['-g', name], { encoding: 'utf8' });
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new PlatformError({
    code: 'IA_DATABASE_START',
    message: 'PostgreSQL refuses to run as root, and there is neither a user namespace nor an unprivileged user.',
    hint: 'Run as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours.',
    fault: 'infra',
  });
}
