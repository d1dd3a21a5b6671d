import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '@ia-modules/engine';
import { type CheckOptions, type PipelineFile, readPipelineFile } from '../pipeline-file.ts';
import { createPipelineFolder, type PipelineFolder } from './pipeline-folder.ts';

export type PipelineWithFolder = PipelineFile & { readonly folder: PipelineFolder };

/** Reads and checks a pipeline together with the ones that it runs. */
export const readWithFolder = async (
  file: string,
  options: Pick<CheckOptions, 'secrets'> = {},
): Promise<PipelineWithFolder> => {
  const folder = createPipelineFolder(dirname(resolve(file)), options);
  const pipeline = await readPipelineFile(file, { ...options, pipelines: folder });
  return {
    ...pipeline,
    folder,
    diagnostics: pipeline.diagnostics.map((diagnostic) => pointAtFile(diagnostic, folder)),
  };
};

/** A pipeline that is there and has errors counts as missing; the hint leads to them. */
const pointAtFile = (diagnostic: Diagnostic, { used }: PipelineFolder): Diagnostic => {
  if (diagnostic.code !== 'IA_PIPELINE_UNKNOWN_PIPELINE') return diagnostic;
  for (const [name, { file, definition }] of used) {
    if (definition !== undefined || !diagnostic.message.includes(`'${name}'`)) continue;
    return { ...diagnostic, hint: `${file} has errors: ia-modules validate ${file} shows them.` };
  }
  return diagnostic;
};
