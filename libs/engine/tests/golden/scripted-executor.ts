import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Json, TaskExecution, TaskExecutor, TaskRequest } from '@ia-modules/engine';
import type { GoldenCase, Outcome, ThrownError } from './golden-case.ts';

class ScriptedError extends Error {
  readonly retryable: boolean;
  constructor({ name, message, retryable }: ThrownError) {
    super(message);
    this.name = name;
    this.retryable = retryable;
  }
}

/** Gives the outcomes of a case; work that the case does not foresee fails for good. */
export const createScriptedExecutor = (tasks: GoldenCase['tasks']): TaskExecutor => ({
  execute: (request, execution) => {
    const outcome = findOutcome(tasks, request);
    if (outcome === 'hang') return new Promise<Json>(() => {});
    if (outcome === undefined) {
      const message = `${request.key} was not foreseen.`;
      return Promise.reject(new ScriptedError({ name: 'Unforeseen', message, retryable: false }));
    }
    if (outcome.costUsd !== undefined) execution.addCost(outcome.costUsd);
    return 'output' in outcome ? Promise.resolve(outcome.output) : fail(outcome, execution);
  },
});

const fail = async (
  { error, begins = false }: Extract<Outcome, { error: ThrownError }>,
  { emitStarted }: TaskExecution,
): Promise<never> => {
  if (begins) await emitStarted({});
  throw error.details === undefined ? new ScriptedError(error) : withDetails(error);
};

/** Only the platform's own errors carry details. */
const withDetails = ({ message, retryable, details }: ThrownError): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_FAILED',
    message,
    disposition: retryable ? 'retry' : 'terminal',
    ...(details === undefined ? {} : { details }),
  });

const findOutcome = (tasks: GoldenCase['tasks'], request: TaskRequest): Outcome | undefined => {
  for (const key of keysOf(request)) {
    const outcomes = tasks[key];
    if (outcomes !== undefined) return outcomes[request.attempt - 1];
  }
  return undefined;
};

/** From the most specific to the most general; a hook's part also goes by its place alone. */
const keysOf = (request: TaskRequest): string[] => {
  const { stepId, iteration, index } = request;
  const places = [`${stepId}#${iteration}/${index}`, `${stepId}#/${index}`, `${stepId}#${iteration}/`, stepId];
  const part = partOf(request);
  const parts = part === '' ? [''] : [part, ...(request.kind === 'hook' ? [part.slice(0, part.lastIndexOf('/'))] : [])];
  return parts.flatMap((suffix) => places.map((place) => `${place}${suffix}`));
};

/** `:validate/0` of `a#2/0@1:validate/0`. */
const partOf = ({ key }: TaskRequest): string => /:[a-z]+(?:\/[a-z\d]+)*/.exec(key)?.[0] ?? '';
