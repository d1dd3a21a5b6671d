import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { denoArgs, type LaunchPlan, type LaunchTarget } from './launch-plan.ts';

export type CageKind = 'bubblewrap' | 'unshare';

/** A cage of own user, network, process, mount, IPC and host name namespaces, with nothing in it but Deno and the plugin. */
export type Cage = {
  readonly kind: CageKind;
  readonly plan: (target: LaunchTarget) => LaunchPlan;
};

/** Where things lie inside a cage, and as whom Deno runs there. */
export const INSIDE = {
  user: '65534',
  deno: '/deno',
  guest: '/guest',
  plugin: '/plugin',
  cache: '/cache',
  /** A link that Deno's Node layer asks for; a cage has no other part of /proc. */
  ownBinary: '/proc/self/exe',
  cacheBytes: 16 * 1024 * 1024,
} as const;

export const TOOL_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** @throws Error when the tool is not installed. */
export const findTool = (name: string): string => {
  const path = TOOL_FOLDERS.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
};

/** A file of the host, and where it appears in the cage. */
export type Bind = { readonly from: string; readonly to: string };

/** The shared libraries of Deno, its loader included: all of the system that a cage holds. */
export const librariesOf = async (denoPath: string): Promise<readonly Bind[]> => {
  const { stdout } = await promisify(execFile)(findTool('ldd'), [denoPath]);
  const paths = stdout.match(/\/\S+(?= \(0x)/g) ?? [];
  return await Promise.all([...new Set(paths)].map(async (to) => ({ from: await realpath(to), to })));
};

const guestInside = (target: LaunchTarget): string => `${INSIDE.guest}/${basename(target.guestPath)}`;

/** What of the host a cage shows besides the plugin: Deno, the guest's folder, libraries. */
export const bindsOf = (target: LaunchTarget, libraries: readonly Bind[]): readonly Bind[] => [
  { from: target.denoPath, to: INSIDE.deno },
  { from: dirname(target.guestPath), to: INSIDE.guest },
  ...libraries,
];

/** The command inside the cage. */
export const insideArgs = (target: LaunchTarget): readonly string[] => [
  INSIDE.deno,
  ...denoArgs(INSIDE.plugin, guestInside(target), target),
  `file://${INSIDE.plugin}${pathToFileURL(`/${target.entry}`).pathname}`,
  String(target.concurrency),
];
