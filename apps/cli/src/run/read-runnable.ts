import { type Diagnostic, type JsonObject, type PipelineDefinition, validateParameters } from '@ia-modules/engine';
import { readSecretVariables } from '../config.ts';
import { formatDiagnostics } from '../diagnostic-report.ts';
import { readInput } from '../input.ts';
import type { PipelineFile } from '../pipeline-file.ts';
import { type PipelineWithFolder, readWithFolder } from '../pipelines/read-with-folder.ts';
import type { Terminal } from '../terminal.ts';
import { type LocalSecrets, readSecrets, secretsToCheck } from './secrets.ts';

/** A checked pipeline with what it takes to run it here. */
export type Runnable = {
  readonly pipeline: PipelineWithFolder;
  readonly definition: PipelineDefinition;
  readonly parameters: JsonObject;
  readonly secrets: LocalSecrets;
};

export type RunnableFile = {
  readonly file: string;
  /** As given on the command line. */
  readonly input: string | undefined;
  readonly secretsFile: string | undefined;
};

type Report = { readonly terminal: Terminal; readonly json: boolean };

/** Reads a pipeline, its parameters and secrets; undefined when something is wrong with them, which has been said then. */
export const readRunnable = async (
  { file, input, secretsFile }: RunnableFile,
  report: Report,
): Promise<Runnable | undefined> => {
  const secrets = await readSecrets(secretsFile, readSecretVariables());
  const pipeline = await readWithFolder(file, secretsToCheck(secretsFile, secrets));
  const given = input === undefined ? {} : await readInput(input);
  const { definition } = pipeline;
  if (definition === undefined) {
    reportInvalid(pipeline, report);
    return undefined;
  }
  const { diagnostics, parameters } = validateParameters(definition, given);
  if (parameters !== undefined) return { pipeline, definition, parameters, secrets };
  reportParameters(diagnostics, report);
  return undefined;
};

const reportInvalid = (pipeline: PipelineFile, { terminal, json }: Report): void => {
  if (json) terminal.write(notStarted(pipeline.diagnostics));
  else terminal.writeError(`${formatDiagnostics(pipeline, terminal.style)}\n`);
};

const reportParameters = (diagnostics: readonly Diagnostic[], { terminal, json }: Report): void => {
  if (json) terminal.write(notStarted(diagnostics));
  for (const { code, path, message, hint } of json ? [] : diagnostics) {
    terminal.writeError(`error ${code}: ${path} ${message}\n${hint === null ? '' : `  hint: ${hint}\n`}`);
  }
};

const notStarted = (diagnostics: readonly Diagnostic[]): string =>
  `${JSON.stringify({ status: 'failed', outputs: null, steps: {}, events: 0, diagnostics }, null, 2)}\n`;
