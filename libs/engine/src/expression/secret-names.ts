import type { Json } from '@ia-modules/plugin-sdk';
import type { PipelineDefinition } from '../definition/schema.ts';
import { SECRETS_ROOT } from './cel-environment.ts';
import { compileTemplate } from './template.ts';

/** Lists the secrets that a valid definition names, each once. */
export const listSecretNames = (definition: PipelineDefinition): readonly string[] => {
  const { steps, flow, hooks = [], reporters = [], exporters = [] } = definition;
  const inputs = steps.flatMap(({ with: input, transform = [], validate = [], compensate }) => [
    input,
    ...[...transform, ...validate].map((stage) => stage.with),
    compensate?.with,
  ]);
  const called = [...hooks, ...reporters, ...exporters].map((call) => call.with);
  const conditions = (flow?.transitions ?? []).map(({ condition }) =>
    typeof condition === 'object' ? condition : undefined,
  );
  return [...new Set([...inputs, ...called, ...conditions].flatMap(namesIn))].toSorted();
};

const namesIn = (input: unknown): readonly string[] => {
  if (input === undefined || !JSON.stringify(input).includes(SECRETS_ROOT)) return [];
  return compileTemplate(input as Json, { allowsSecrets: true, onProblem: () => undefined }).secretNames;
};
