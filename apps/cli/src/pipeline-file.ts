import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { validatePipeline, type PipelineValidation } from '@ia-modules/engine';
import { createLocalCatalog } from './steps/local-catalog.ts';
import { UsageError } from './usage-error.ts';

export type PipelineFile = PipelineValidation & { readonly file: string; readonly text: string };

/** Reads and checks a pipeline; `.jsonc` may have comments. */
export const readPipelineFile = async (file: string): Promise<PipelineFile> => {
  const text = await readText(file);
  const format = extname(file).toLowerCase() === '.jsonc' ? 'jsonc' : 'json';
  return { file, text, ...validatePipeline(text, { format, catalog: createLocalCatalog() }) };
};

export const readText = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} can not be read: ${reasonOf(error)}.`);
  }
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission is missing',
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? code;
};
