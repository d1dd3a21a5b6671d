import { open, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { z } from 'zod';
import { type PackageName, tarballFilename } from './package-name.ts';
import type { AcceptedVersion } from './publish-gate.ts';

type Done = (error?: Error | null) => void;

/** The part of Verdaccio's storage that writes go through. */
export type VerdaccioStorage = Readonly<{
  addPackage(name: string, metadata: unknown, done: Done): void;
  addTarball(name: string, filename: string): Writable & { done(): void };
  addVersion(name: string, version: string, document: unknown, tag: string | null, done: Done): void;
  mergeTags(name: string, tags: Readonly<Record<string, string | null>>, done: Done): void;
  changePackage(name: string, metadata: unknown, revision: string | undefined, done: Done): void;
}>;

const storedPackageSchema = z.object({
  versions: z.record(
    z.string(),
    z.object({ dist: z.object({ integrity: z.string() }), deprecated: z.string().optional() }),
  ),
  'dist-tags': z.record(z.string(), z.string()),
  users: z.record(z.string(), z.unknown()).optional(),
});
export type StoredPackage = z.infer<typeof storedPackageSchema>;

/** Packages as files: Verdaccio's storage for writing, plus what is needed to clean up after a kill. */
export type PackageStore = Readonly<{
  read(name: PackageName): Promise<StoredPackage | null>;
  /** Stores a version, without tags. */
  add(accepted: AcceptedVersion): Promise<void>;
  setTags(name: PackageName, tags: Readonly<Record<string, string | null>>): Promise<void>;
  /** Sets or, with an empty string, clears the notice of each named version. */
  setDeprecations(name: PackageName, notices: ReadonlyMap<string, string>): Promise<void>;
  /** Removes what a publish left behind that did not get as far as naming the version. */
  discardRemains(name: PackageName, version: string): Promise<void>;
  /** Removes locks and half-written files of a process that is gone. Only before the first request. */
  clearLeftovers(name: PackageName): Promise<void>;
}>;

export function createPackageStore(storageDir: string, storage: VerdaccioStorage): PackageStore {
  const directoryOf = (name: PackageName) => join(storageDir, name.full);

  async function read(name: PackageName): Promise<StoredPackage | null> {
    const text = await readFile(join(directoryOf(name), 'package.json'), 'utf8').catch(nullIfMissing);
    return text === null || text === '' ? null : storedPackageSchema.parse(JSON.parse(text));
  }

  async function add({ name, version, tarball, document }: AcceptedVersion): Promise<void> {
    await addPackageOnce(storage, name.full);
    await writeTarball(storage.addTarball(name.full, tarballFilename(name, version)), tarball);
    await settled((done) => storage.addVersion(name.full, version, document, null, done));
    // The catalogue is safe from a power cut, so what it names must be, too.
    await flush(join(directoryOf(name), tarballFilename(name, version)));
    await flush(join(directoryOf(name), 'package.json'));
  }

  async function setDeprecations(name: PackageName, notices: ReadonlyMap<string, string>): Promise<void> {
    const stored = await read(name);
    if (stored === null) return;
    // Verdaccio drops every version that is missing here.
    const versions = Object.fromEntries(
      Object.entries(stored.versions).map(([version, { deprecated }]) => [
        version,
        { deprecated: notices.get(version) ?? deprecated ?? '' },
      ]),
    );
    const metadata = { versions, 'dist-tags': stored['dist-tags'], users: stored.users };
    await settled((done) => storage.changePackage(name.full, metadata, undefined, done));
  }

  async function clearLeftovers(name: PackageName): Promise<void> {
    const directory = directoryOf(name);
    const files = (await readdir(directory).catch(nullIfMissing)) ?? [];
    const leftovers = files.filter((file) => file.endsWith('.lock') || /\.tmp-?\d+$/.test(file));
    for (const file of leftovers) await rm(join(directory, file), { force: true });
    const metadata = await readFile(join(directory, 'package.json'), 'utf8').catch(nullIfMissing);
    if (metadata === '') await rm(join(directory, 'package.json'));
  }

  return {
    read,
    add,
    setDeprecations,
    clearLeftovers,
    setTags: (name, tags) => settled((done) => storage.mergeTags(name.full, tags, done)),
    discardRemains: (name, version) => rm(join(directoryOf(name), tarballFilename(name, version)), { force: true }),
  };
}

async function addPackageOnce(storage: VerdaccioStorage, name: string): Promise<void> {
  try {
    await settled((done) => storage.addPackage(name, { name, versions: {}, 'dist-tags': {} }, done));
  } catch (error) {
    const exists = error instanceof Error && 'status' in error && error.status === 409;
    if (!exists) throw error;
  }
}

function writeTarball(stream: ReturnType<VerdaccioStorage['addTarball']>, tarball: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('success', resolve);
    stream.on('error', reject);
    stream.end(tarball);
    stream.done();
  });
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function settled(call: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function nullIfMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
