import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { PACKAGE_LIMITS, PlatformError } from '@ia-modules/plugin-sdk';
import { Parser, type ReadEntry } from 'tar';

const USTAR_OFFSET = 257;
const ROOT = 'package/';
const PLAIN_FILES: ReadonlySet<string> = new Set(['File', 'OldFile']);
const UNSAFE_CHARACTERS = /[\p{Cc}\\]/u;

const gunzipBounded = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

/**
 * Unpacks a package tarball into a folder, without its `package/` root. Nothing but plain files comes out, none of them
 * executable, and nothing is written unless all of the tarball is in order.
 * @throws PlatformError IA_PLUGIN_TARBALL when it is damaged, too large, or holds anything but plain files below its root
 */
export const unpackTarball = async (packed: Uint8Array, directory: string): Promise<void> => {
  const files = readFiles(await unzip(packed));
  for (const [file, content] of files) {
    const target = path.join(directory, file);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o755 });
    await writeFile(target, content, { flag: 'wx', mode: 0o644 });
  }
};

const unzip = async (packed: Uint8Array): Promise<Buffer> => {
  try {
    return await gunzipBounded(packed, { maxOutputLength: PACKAGE_LIMITS.unpackedBytes });
  } catch (cause) {
    throw badTarball('is damaged or too large', cause);
  }
};

const readFiles = (archive: Buffer): ReadonlyMap<string, Buffer> => {
  // Anything else the parser might take for one more compressed layer, and unpack without a bound.
  if (archive.toString('latin1', USTAR_OFFSET, USTAR_OFFSET + 5) !== 'ustar') throw badTarball('holds no tar archive');
  const files = new Map<string, Buffer>();
  const problems: string[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const problem = findProblem(entry, files);
      if (problem !== undefined) problems.push(problem);
      else if (entry.type !== 'Directory') collect(entry, files);
      entry.resume();
    },
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => problems.push(`holds a ${entry.type}`));
  parser.on('error', (error: Error) => problems.push(`is damaged: ${error.message}`));
  parser.end(archive);
  const [problem] = problems;
  if (problem !== undefined) throw badTarball(problem);
  return files;
};

const collect = (entry: ReadEntry, files: Map<string, Buffer>): void => {
  const file = entry.path.slice(ROOT.length);
  const chunks: Buffer[] = [];
  files.set(file, Buffer.alloc(0));
  entry.on('data', (chunk: Buffer) => chunks.push(chunk));
  entry.on('end', () => files.set(file, Buffer.concat(chunks)));
};

const findProblem = (entry: ReadEntry, files: ReadonlyMap<string, Buffer>): string | undefined => {
  const isDirectory = entry.type === 'Directory';
  if (!isDirectory && !PLAIN_FILES.has(entry.type)) return `holds a ${entry.type}`;
  const name = isDirectory ? entry.path.replace(/\/$/, '') : entry.path;
  if (!isBelowRoot(name, isDirectory)) return 'holds a path outside its root';
  if (files.size >= PACKAGE_LIMITS.files) return `holds more than ${PACKAGE_LIMITS.files} files`;
  return files.has(name.slice(ROOT.length)) ? 'holds a file twice' : undefined;
};

const isBelowRoot = (name: string, isDirectory: boolean): boolean => {
  if (UNSAFE_CHARACTERS.test(name)) return false;
  if (!name.startsWith(ROOT) && !(isDirectory && name === 'package')) return false;
  return name.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
};

const badTarball = (what: string, cause?: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_TARBALL',
    message: `The tarball of the plugin ${what}.`,
    fault: 'plugin',
    cause,
  });
