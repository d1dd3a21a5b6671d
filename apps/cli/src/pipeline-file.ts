import { isUtf8 } from 'node:buffer';
import { createReadStream, readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { type Diagnostic, type PipelineCatalog, type PipelineValidation, validatePipeline } from '@ia-modules/engine';
import { createModuleCheck } from './modules/module-check.ts';
import { diagnosePlugins } from './discovery/diagnose-plugins.ts';
import { type Discovery, discoverPlugins } from './discovery/discover-plugins.ts';
import { readPluginConfig } from './discovery/plugin-config.ts';
import { positionAt, readSource } from './source-document.ts';
import { createLocalCatalog } from './steps/local-catalog.ts';
import { UsageError } from './usage-error.ts';

export type PipelineFile = PipelineValidation & {
  readonly file: string;
  readonly text: string;
  /** What is at hand where it stands. */
  readonly plugins: Discovery;
};

export type CheckOptions = {
  /** The folder that its modules and plugins are relative to. @default the file's own */
  readonly directory?: string;
  /** The pipelines that it may run; without them, these steps are only checked for their form. */
  readonly pipelines?: PipelineCatalog;
  /** The names of the secrets there are; without them, any may be read. */
  readonly secrets?: readonly string[];
};

/** Reads and checks a pipeline; `.jsonc` may have comments. */
export const readPipelineFile = async (file: string, options: CheckOptions = {}): Promise<PipelineFile> =>
  checkPipelineText(file, await readBytes(file), options);

/** As {@link readPipelineFile}, for catalogs, which are asked while a check is under way. */
export const readPipelineFileSync = (file: string, options: CheckOptions = {}): PipelineFile =>
  checkPipelineText(file, readFileSync(file), options);

const checkPipelineText = (
  file: string,
  bytes: Buffer,
  { directory = dirname(resolve(file)), pipelines, secrets }: CheckOptions,
): PipelineFile => {
  const text = bytes.toString('utf8');
  const format = extname(file).toLowerCase() === '.jsonc' ? 'jsonc' : 'json';
  const source = readSource(text);
  const plugins = discoverPlugins(directory, readPluginConfig(source?.value));
  const validation = validatePipeline(text, {
    format,
    catalog: createLocalCatalog(plugins),
    modules: createModuleCheck(directory),
    pipelines,
    secrets,
  });
  const findings = [
    ...(isUtf8(bytes) ? [] : [brokenEncoding(text)]),
    ...(source === undefined ? [] : diagnosePlugins(plugins.refused, source)),
  ];
  return { file, text, plugins, ...withFindings(validation, findings) };
};

/** What can't be decoded has become the replacement character. */
const brokenEncoding = (text: string): Diagnostic => {
  const { line, column } = positionAt(text, Math.max(0, text.indexOf('\uFFFD')));
  return {
    code: 'IA_PIPELINE_TEXT',
    severity: 'error',
    path: '$',
    line,
    column,
    message: 'The file is no UTF-8 from here on.',
    hint: 'Save the file as UTF-8.',
  };
};

const withFindings = (validation: PipelineValidation, findings: readonly Diagnostic[]): PipelineValidation => {
  if (findings.length === 0) return validation;
  const diagnostics = [...validation.diagnostics, ...findings].toSorted(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0),
  );
  const hasErrors = diagnostics.some(({ severity }) => severity === 'error');
  return hasErrors || validation.definition === undefined
    ? { diagnostics }
    : { definition: validation.definition, diagnostics };
};

export const readText = async (file: string): Promise<string> => (await readBytes(file)).toString('utf8');

/** Ends for devices that never do. */
export const readBytes = async (file: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_FILE_BYTES) break;
    }
  } catch (error) {
    throw new UsageError(`${file} can not be read: ${reasonOf(error)}.`);
  }
  if (sizeBytes > MAX_FILE_BYTES)
    throw new UsageError(`${file} can not be read: it is larger than ${MAX_FILE_BYTES} bytes.`);
  return Buffer.concat(chunks, sizeBytes);
};

const MAX_FILE_BYTES = 256 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission is missing',
  ELOOP: 'its symbolic links lead in a circle',
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? code;
};
