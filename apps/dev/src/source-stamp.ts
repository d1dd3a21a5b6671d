import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRepository, repositoryRoot } from './repository.ts';

export type SourceStamp = Readonly<{
  /** Files and folders that the built thing depends on, relative to the repository. */
  sources: readonly string[];
  /** Lies inside of what is built, so that it goes when that goes; relative to the repository. */
  stampFile: string;
  /** What a complete build leaves behind, relative to the repository: a build by hand may have been cut off. */
  result?: string;
}>;

/** Written by builds: they would make a stamp taken before the first build stale at once. */
const BUILT_NAMES = new Set(['node_modules', '.next', 'gql', 'dist', 'coverage', 'next-env.d.ts']);

export function isUpToDate(stamp: SourceStamp): boolean {
  const file = inRepository(stamp.stampFile);
  if (!existsSync(file) || (stamp.result !== undefined && !existsSync(inRepository(stamp.result)))) return false;
  return readFileSync(file, 'utf8') === digest(stamp.sources);
}

/** To be called with the digest taken before the build, so that a change during it is built again. */
export function markUpToDate(stamp: SourceStamp, builtDigest: string): void {
  writeFileSync(inRepository(stamp.stampFile), builtDigest);
}

export function digest(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) addToHash(hash, inRepository(source));
  return hash.digest('hex');
}

function addToHash(hash: Hash, target: string): void {
  if (!existsSync(target)) return;
  for (const file of filesBelow(target)) {
    hash.update(path.relative(repositoryRoot, file)).update('\0').update(readFileSync(file)).update('\0');
  }
}

function filesBelow(target: string): string[] {
  const entries = readEntries(target);
  if (entries === undefined) return [target];
  return entries
    .filter((entry) => !BUILT_NAMES.has(entry.name) && !/\.(test|testsuite)\.tsx?$|\.tsbuildinfo$/.test(entry.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const child = path.join(target, entry.name);
      if (entry.isDirectory()) return filesBelow(child);
      return entry.isFile() ? [child] : [];
    });
}

function readEntries(target: string) {
  try {
    return readdirSync(target, { withFileTypes: true });
  } catch {
    return undefined;
  }
}
