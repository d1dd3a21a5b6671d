import type { Json } from '@ia-modules/plugin-sdk';
import type { PipelineDefinition } from '../definition/schema.ts';
import { SECRETS_ROOT } from './cel-environment.ts';
import { compileTemplate } from './template.ts';

/** Lists the secrets that a valid definition names, each once. */
export const listSecretNames = ({ steps, hooks = [] }: PipelineDefinition): readonly string[] => {
  const inputs = steps.flatMap(({ with: input, transform = [], validate = [], compensate }) => [
    input,
    ...[...transform, ...validate].map((stage) => stage.with),
    compensate?.with,
  ]);
  return [...new Set([...inputs, ...hooks.map((hook) => hook.with)].flatMap(namesIn))].toSorted();
};

const namesIn = (input: Json | undefined): readonly string[] => {
  if (input === undefined || !JSON.stringify(input).includes(SECRETS_ROOT)) return [];
  return compileTemplate(input, { allowsSecrets: true, onProblem: () => undefined }).secretNames;
};
