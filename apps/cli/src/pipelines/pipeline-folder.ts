import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, resolve } from 'node:path';
import type { PipelineCatalog } from '@ia-modules/engine';
import { type ParseError, parse } from 'jsonc-parser';
import semver from 'semver';
import { type CheckOptions, type PipelineFile, readPipelineFileSync } from '../pipeline-file.ts';

/** The pipelines beside a pipeline: by path, or by name and version. */
export type PipelineFolder = PipelineCatalog & {
  names(): Iterable<string>;
  /** Every file that was asked for so far, by what it was asked for as. */
  readonly used: ReadonlyMap<string, PipelineFile>;
};

const EXTENSIONS: ReadonlySet<string> = new Set(['.json', '.jsonc']);
const MAX_FILE_BYTES = 20 * 1024 * 1024;

type Listed = { readonly file: string; readonly name: string; readonly version: string | undefined };

/**
 * Looks for pipelines in a folder: `./invoice.json` is that file, `invoice` the newest version of that name which fits the
 * range. A definition without a version fits `*` alone, and is older than all others. One with errors is not found, nor is
 * one that can't be read.
 */
export const createPipelineFolder = (
  directory: string,
  options: Pick<CheckOptions, 'secrets'> = {},
): PipelineFolder => {
  const used = new Map<string, PipelineFile>();
  const files = createCheckedFiles({ ...options, directory }, () => folder);
  let listed: readonly Listed[] | undefined;
  const list = (): readonly Listed[] => (listed ??= listPipelines(directory));
  const fileOf = (name: string, range: string): string | undefined => {
    if (!/^\.{1,2}\//.test(name)) return newest(list(), { name, range })?.file;
    const file = resolve(directory, name);
    return isPipelineFile(file) ? file : undefined;
  };
  const folder: PipelineFolder = {
    used,
    names: () => new Set(list().map(({ name }) => name)),
    find: (name, range) => {
      const file = fileOf(name, range);
      if (file === undefined) return undefined;
      const checked = files(file);
      used.set(name, checked);
      return fits(checked.definition?.version, range) ? checked.definition : undefined;
    },
  };
  return folder;
};

/** Checks each file once, and what it runs with it; one that is being checked already is not asked what it runs. */
const createCheckedFiles = (
  options: CheckOptions,
  pipelines: () => PipelineCatalog,
): ((file: string) => PipelineFile) => {
  const checked = new Map<string, PipelineFile>();
  const underWay = new Set<string>();
  return (file) => {
    const known = checked.get(file);
    if (known !== undefined) return known;
    const shown = relative(process.cwd(), file);
    const name = shown.startsWith('..') ? file : shown;
    if (underWay.has(file)) return readPipelineFileSync(name, options);
    underWay.add(file);
    const result = readPipelineFileSync(name, { ...options, pipelines: pipelines() });
    checked.set(file, result);
    return result;
  };
};

const newest = (
  listed: readonly Listed[],
  wanted: { readonly name: string; readonly range: string },
): Listed | undefined => {
  const candidates = listed.filter(({ name, version }) => name === wanted.name && fits(version, wanted.range));
  const ordered = candidates.toSorted((one, other) =>
    semver.compare(one.version ?? '0.0.0-0', other.version ?? '0.0.0-0'),
  );
  return ordered.at(-1);
};

const fits = (version: string | undefined, range: string): boolean =>
  version === undefined ? range === '*' : semver.satisfies(version, range, { includePrerelease: range === '*' });

const isPipelineFile = (file: string): boolean => {
  if (!EXTENSIONS.has(extname(file).toLowerCase())) return false;
  try {
    accessSync(file, constants.R_OK);
    const stats = statSync(file);
    return stats.isFile() && stats.size <= MAX_FILE_BYTES;
  } catch {
    return false;
  }
};

const listPipelines = (directory: string): readonly Listed[] =>
  readdirSync(directory)
    .toSorted()
    .map((entry) => join(directory, entry))
    .filter(isPipelineFile)
    .flatMap((file) => readHeader(file) ?? []);

/** Of a file that holds a pipeline: other JSON has no steps. */
const readHeader = (file: string): Listed | undefined => {
  const errors: ParseError[] = [];
  const value: unknown = parseQuietly(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), errors);
  if (errors.length > 0 || typeof value !== 'object' || value === null) return undefined;
  const { name, version, steps } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !Array.isArray(steps)) return undefined;
  return { file, name, version: typeof version === 'string' && semver.valid(version) !== null ? version : undefined };
};

const parseQuietly = (text: string, errors: ParseError[]): unknown => {
  try {
    return parse(text, errors, { allowTrailingComma: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};
