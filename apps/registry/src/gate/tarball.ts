import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { type JsonObject, parseBoundedObject } from './bounded-json.ts';
import { TARBALL_LIMITS, type TarballLimits } from '../limits.ts';
import { type Checked, type Problem, accepted, refused } from '../problem.ts';

/** What a package tarball really holds, read from its own bytes. */
export type PackageContents = Readonly<{
  /** SRI sha512 of the packed bytes. */
  integrity: string;
  /** sha1 of the packed bytes, hex: what older npm clients compare. */
  shasum: string;
  packedBytes: number;
  unpackedBytes: number;
  /** Paths below `package/`. */
  files: ReadonlySet<string>;
  packageJson: JsonObject;
  readme: string;
  /** SVG files that are small enough for an icon, by path. */
  icons: ReadonlyMap<string, Uint8Array>;
}>;

/** Hears of each file's bytes; what it keeps are parts of the unpacked archive, not copies. */
export type OnFile = (path: string, chunks: readonly Uint8Array[]) => void;

const ROOT = 'package/';
const README = /^readme(\.md|\.markdown)?$/i;
const ICON = /\.svg$/i;
const MAX_PROBLEMS = 20;
/** What file systems take at most for one name. */
const SEGMENT_BYTES = 255;
const USTAR_OFFSET = 257;
const FILE_TYPES: ReadonlySet<string> = new Set(['File', 'OldFile']);
const UNSAFE_CHARACTERS = /[\p{Cc}\\]/u;

const gunzipBounded = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

/** Reads a package tarball without writing any of it, and lists everything that is wrong with it. */
export async function inspectTarball(
  packed: Uint8Array,
  limits: TarballLimits = TARBALL_LIMITS,
  onFile: OnFile = () => undefined,
): Promise<Checked<PackageContents>> {
  if (packed.byteLength > limits.packedBytes) return refused(problem(`is larger than ${limits.packedBytes} bytes`));
  const unpacked = await unzip(packed, limits);
  if (!unpacked.ok) return unpacked;

  const walk = walkEntries(unpacked.value, limits, onFile);
  if (walk.problems.length > 0) return refused(...walk.problems);
  if (walk.packageJson === null) return refused(problem('has no package/package.json'));
  const packageJson = parseBoundedObject(decode(walk.packageJson), limits.packageJsonDepth);
  if (!packageJson.ok) return packageJson;

  return accepted({
    integrity: `sha512-${createHash('sha512').update(packed).digest('base64')}`,
    shasum: createHash('sha1').update(packed).digest('hex'),
    packedBytes: packed.byteLength,
    unpackedBytes: walk.bytes,
    files: walk.files,
    packageJson: packageJson.value,
    readme: walk.readme === null ? '' : decode(walk.readme),
    icons: walk.icons,
  });
}

type Walk = {
  readonly problems: Problem[];
  readonly files: Set<string>;
  readonly foldedPaths: Set<string>;
  readonly foldedFolders: Set<string>;
  readonly icons: Map<string, Uint8Array>;
  bytes: number;
  packageJson: Buffer | null;
  readme: Buffer | null;
};

async function unzip(packed: Uint8Array, limits: TarballLimits): Promise<Checked<Buffer>> {
  try {
    return accepted(await gunzipBounded(packed, { maxOutputLength: limits.unpackedBytes }));
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return refused(
      problem(isTooLarge ? `unpacks to more than ${limits.unpackedBytes} bytes` : 'is not a gzip file, or is damaged'),
    );
  }
}

function walkEntries(archive: Buffer, limits: TarballLimits, onFile: OnFile): Walk {
  // The parser would go on to unpack a gzip file within the gzip file, without a bound.
  if (archive.toString('latin1', USTAR_OFFSET, USTAR_OFFSET + 5) !== 'ustar') {
    return { ...emptyWalk(), problems: [problem('does not contain a tar archive')] };
  }
  const walk = emptyWalk();
  const report = (found: Problem) => {
    if (walk.problems.length < MAX_PROBLEMS) walk.problems.push(found);
  };
  const onReadEntry = (entry: ReadEntry) => {
    const found = checkEntry(walk, entry, limits);
    if (found === null) keepEntry({ walk, limits, onFile }, entry);
    else report(found);
    entry.resume();
  };
  const parser = new Parser({ strict: true, onReadEntry });
  parser.on('ignoredEntry', (entry: ReadEntry) => report(unsupportedEntry(entry)));
  parser.on('error', (error: Error) => report(problem(`is damaged: ${error.message}`)));
  try {
    parser.end(archive);
  } catch (error) {
    report(problem(`is damaged: ${error instanceof Error ? error.message : String(error)}`));
  }
  return walk;
}

function emptyWalk(): Walk {
  const paths = { files: new Set<string>(), foldedPaths: new Set<string>(), foldedFolders: new Set<string>() };
  return { problems: [], ...paths, icons: new Map(), bytes: 0, packageJson: null, readme: null };
}

type Keeping = Readonly<{ walk: Walk; limits: TarballLimits; onFile: OnFile }>;

function keepEntry({ walk, limits, onFile }: Keeping, entry: ReadEntry): void {
  if (entry.type === 'Directory') return;
  const path = entry.path.slice(ROOT.length);
  walk.files.add(path);
  walk.bytes += entry.size;
  const kept = contentToKeep(path);
  const keep = kept !== null && entry.size <= keptBytes(kept, limits) ? kept : null;
  const chunks: Buffer[] = [];
  entry.on('data', (chunk: Buffer) => chunks.push(chunk));
  entry.on('end', () => {
    onFile(path, chunks);
    if (keep === 'icon') walk.icons.set(path, Buffer.concat(chunks));
    else if (keep !== null) walk[keep] = Buffer.concat(chunks);
  });
}

type Kept = 'packageJson' | 'readme' | 'icon';

function contentToKeep(path: string): Kept | null {
  if (path === 'package.json') return 'packageJson';
  if (ICON.test(path)) return 'icon';
  return README.test(path) ? 'readme' : null;
}

function keptBytes(kept: Kept, { packageJsonBytes, readmeBytes, iconBytes }: TarballLimits): number {
  return { packageJson: packageJsonBytes, readme: readmeBytes, icon: iconBytes }[kept];
}

function checkEntry(walk: Walk, entry: ReadEntry, limits: TarballLimits): Problem | null {
  const isDirectory = entry.type === 'Directory';
  if (!isDirectory && !FILE_TYPES.has(entry.type)) return unsupportedEntry(entry);
  const path = isDirectory ? entry.path.replace(/\/$/, '') : entry.path;
  if (path.length > limits.pathLength) return problem(`has a path longer than ${limits.pathLength} characters`);
  if (!isSafePath(path, isDirectory)) return problem(`has an unsafe path: ${printable(entry.path)}`);
  if (path.split('/').some((segment) => Buffer.byteLength(segment) > SEGMENT_BYTES)) {
    return problem(`has a file or folder name longer than ${SEGMENT_BYTES} bytes`);
  }
  const folded = foldedPath(path);
  if (isInFileOrOverFolder(walk, folded, isDirectory))
    return problem(`has a file where it has a folder: ${printable(path)}`);
  if (isDirectory) return null;
  if (walk.files.size >= limits.files) return problem(`has more than ${limits.files} files`);
  if (walk.foldedPaths.has(folded)) return problem(`has two files that some systems take for one: ${printable(path)}`);
  walk.foldedPaths.add(folded);
  if (path === `${ROOT}package.json` && entry.size > limits.packageJsonBytes) {
    return problem(`has a package.json larger than ${limits.packageJsonBytes} bytes`);
  }
  return null;
}

/** What some systems take for the same path. */
export function foldedPath(path: string): string {
  return path.normalize('NFKC').toLowerCase();
}

/** Such an archive can't be unpacked. Remembers the folders that are seen. */
function isInFileOrOverFolder({ foldedPaths, foldedFolders }: Walk, folded: string, isDirectory: boolean): boolean {
  if (!isDirectory && foldedFolders.has(folded)) return true;
  const folders = [...folded.matchAll(/\//g)].map(({ index }) => folded.slice(0, index));
  if (isDirectory) folders.push(folded);
  for (const folder of folders) foldedFolders.add(folder);
  return folders.some((folder) => foldedPaths.has(folder));
}

function isSafePath(path: string, isDirectory: boolean): boolean {
  if (UNSAFE_CHARACTERS.test(path)) return false;
  if (!path.startsWith(ROOT) && !(isDirectory && path === 'package')) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

function unsupportedEntry(entry: ReadEntry): Problem {
  return problem(`holds a ${entry.type} (${printable(entry.path)}); only plain files are allowed`);
}

function problem(what: string): Problem {
  return { code: 'IA_REGISTRY_TARBALL', message: `The tarball ${what}.` };
}

function printable(path: string): string {
  return JSON.stringify(path.slice(0, 100));
}

function decode(bytes: Buffer): string {
  return new TextDecoder().decode(bytes);
}
