import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { PipelineDefinition } from '../definition/schema.ts';
import type { ChildRequest, Settled } from '../ports/durable-context.ts';
import { validateParameters } from '../validation/validate-parameters.ts';
import type { RecordedError } from './events.ts';
import { toRecordedError } from './recorded-error.ts';
import type { Status } from './status.ts';

type ChildSettled = Extract<Settled, { kind: 'task_succeeded' | 'task_failed' }>;

/** How a sub-pipeline's run ended. */
export type ChildEnd = {
  readonly status: Status;
  readonly outputs: JsonObject | null;
  readonly error: RecordedError | null;
  readonly costUsd: number;
};

/** What the step that started a sub-pipeline hears of its end. */
export const settleChild = ({ key, pipeline }: ChildRequest, end: ChildEnd): ChildSettled => {
  const cost = end.costUsd === 0 ? {} : { costUsd: end.costUsd };
  if (end.status === 'succeeded') return { kind: 'task_succeeded', key, output: end.outputs ?? {}, ...cost };
  const code = end.error?.details?.['code'] ?? end.error?.code ?? 'IA_RUN_CANCELED';
  const failure = new PlatformError({
    code: 'IA_SUBPIPELINE_FAILED',
    message: `The sub-pipeline '${pipeline}' ${end.status === 'failed' ? `failed: ${end.error?.message ?? ''}` : 'was canceled.'}`,
    disposition: 'retry',
    details: { pipeline, code },
  });
  return { kind: 'task_failed', key, error: toRecordedError(failure), ...cost };
};

/**
 * The parameters of a sub-pipeline, checked and completed.
 * @throws PlatformError IA_PARAMETERS_INVALID
 */
export const childParameters = (definition: PipelineDefinition, { parameters, pipeline }: ChildRequest): JsonObject => {
  const checked = validateParameters(definition, parameters);
  if (checked.parameters !== undefined) return checked.parameters;
  throw new PlatformError({
    code: 'IA_PARAMETERS_INVALID',
    message: `The parameters for '${pipeline}' do not fit: ${checked.diagnostics.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
  });
};

/** There is no such pipeline, or none in a version of that range. */
export const unknownSubpipeline = ({ pipeline, range }: ChildRequest): PlatformError =>
  new PlatformError({
    code: 'IA_SUBPIPELINE_UNKNOWN',
    message: `There is no pipeline '${pipeline}' in a version ${range}.`,
  });
