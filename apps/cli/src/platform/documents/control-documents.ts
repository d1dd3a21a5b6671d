import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';

const changedRunSchema = z.object({ run: z.object({ id: z.string(), status: z.string() }) });
export type ChangedRun = z.infer<typeof changedRunSchema>['run'];

const RERUN_ERROR_FIELDS = `${ERROR_FIELDS}
    ... on EffectsUnknown { effects { key stepId } }`;

/** A mutation of one run, which answers the run. */
const runMutation = (field: string, errorFields = ERROR_FIELDS) => {
  const name = `${field.slice(0, 1).toUpperCase()}${field.slice(1)}`;
  return {
    document: `mutation ${name}($input: ${name}Input!) {
  ${field}(input: $input) {
    ... on ${name}Success { run { id status } }
    ${errorFields}
  }
}`,
    shape: changedRunSchema,
  };
};

export const startRun = runMutation('startRun');
export const cancelRun = runMutation('cancelRun');
export const pauseRun = runMutation('pauseRun');
export const resumeRun = runMutation('resumeRun');
export const retryRun = runMutation('retryRun', RERUN_ERROR_FIELDS);
export const forkRun = runMutation('forkRun', RERUN_ERROR_FIELDS);
export const replayRun = runMutation('replayRun');
export const raiseRunBudget = runMutation('raiseRunBudget');
export const signalRun = runMutation('signalRun');
export const decideEffect = runMutation('decideEffect');
export const debugRun = runMutation('debugRun');
