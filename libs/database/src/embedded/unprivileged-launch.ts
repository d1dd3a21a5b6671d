import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { copyBinaries, type PostgresBinaries } from './postgres-binaries.ts';

/** The id that files and processes of "nobody" have everywhere. */
const NOBODY_ID = 65_534;
const DEFAULT_SHARED_DIRECTORY = '/var/lib/ia-modules';

export type LaunchKind = 'direct' | 'user-namespace' | 'dropped';

/** How to run PostgreSQL, which refuses to run as root. */
export type Launch = {
  readonly kind: LaunchKind;
  readonly binaries: PostgresBinaries;
  /** Prefixed to each command. */
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** Where a dropped launch keeps what the unprivileged user must reach. */
  readonly sharedDirectory: string;
};

export type LaunchOptions = {
  /** @default the least intrusive kind that works */
  readonly kind?: LaunchKind | undefined;
  /** @default '/var/lib/ia-modules' */
  readonly sharedDirectory?: string | undefined;
};

/** Chooses how PostgreSQL runs: as it is for ordinary users, without root's rights for root. */
export function chooseLaunch(binaries: PostgresBinaries, options: LaunchOptions = {}): Launch {
  const sharedDirectory = options.sharedDirectory ?? DEFAULT_SHARED_DIRECTORY;
  if (process.getuid?.() !== 0 || options.kind === 'direct') {
    return { kind: 'direct', binaries, prefix: [], sharedDirectory };
  }
  const prefix = options.kind === 'dropped' ? undefined : userNamespacePrefix(binaries);
  if (prefix !== undefined) return { kind: 'user-namespace', binaries, prefix, sharedDirectory };
  return droppedLaunch(binaries, sharedDirectory);
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
  return path.join(launch.sharedDirectory, 'data', encodeURIComponent(directory));
}

/** Gives a folder to the user that PostgreSQL runs as. */
export function handOver(launch: Launch, directory: string): void {
  if (launch.uid !== undefined && launch.gid !== undefined) chownSync(directory, launch.uid, launch.gid);
}

/** Inside a user namespace root's files look like nobody's, so PostgreSQL is content and every folder stays readable. */
function userNamespacePrefix(binaries: PostgresBinaries): readonly string[] | undefined {
  const prefix = ['unshare', '--user', `--map-user=${NOBODY_ID}`, `--map-group=${NOBODY_ID}`, '--'];
  const probe = spawnSync('unshare', [...prefix.slice(1), binaries.postgres, '--version']);
  return probe.status === 0 ? prefix : undefined;
}

function droppedLaunch(binaries: PostgresBinaries, sharedDirectory: string): Launch {
  const user = findUnprivilegedUser();
  mkdirSync(path.join(sharedDirectory, 'data'), { recursive: true, mode: 0o755 });
  const version = spawnSync(binaries.postgres, ['--version'], { encoding: 'utf8' }).stdout.trim().split(' ').at(-1);
  const copy = copyBinaries(binaries, path.join(sharedDirectory, `postgres-${version}`));
  return { kind: 'dropped', binaries: copy, prefix: [], sharedDirectory, ...user };
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
