import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { Scope } from '../expression/expression.ts';
import type { RecordedError } from './events.ts';
import type { Plan } from './plan.ts';
import { stepStatus, type RunState } from './state.ts';
import type { Status } from './status.ts';

/** How a step is about to end: its conditions already see it so. */
export type StepOutcome = {
  readonly index: number;
  readonly status: Status;
  readonly output: Json | undefined;
  readonly error: RecordedError | undefined;
};

export type ScopeRequest = {
  readonly runId: string;
  /** The steps that will be read: the scope's cost is theirs, not the pipeline's. */
  readonly stepIds: readonly string[];
  readonly outcome?: StepOutcome | undefined;
};

/** What an expression of a run sees. A step that did not run has no `output`: `has(steps.x.output)` asks. */
export const createScope = (plan: Plan, state: RunState, request: ScopeRequest): Scope => {
  const steps: Record<string, JsonObject> = {};
  for (const id of request.stepIds) {
    const index = plan.stepIndexes.get(id);
    if (index === undefined) continue;
    steps[id] = stepView(state, request.outcome?.index === index ? request.outcome : recordedOutcome(state, index));
  }
  return {
    parameters: state.parameters,
    steps,
    run: { id: request.runId, started_at: new Date(state.startedAt).toISOString(), pipeline: state.pipeline },
    trigger: state.trigger,
    iteration: 0,
    iteration_path: [],
  };
};

const recordedOutcome = (state: RunState, index: number): StepOutcome => ({
  index,
  status: stepStatus(state, index),
  output: state.outputs[index],
  error: state.errors.get(index),
});

/** A built-in step that is done at once has no event for its first attempt. */
const WITHOUT_ATTEMPTS: ReadonlySet<Status> = new Set(['pending', 'skipped', 'canceled']);

const stepView = (state: RunState, { index, status, output, error }: StepOutcome): JsonObject => ({
  status,
  attempts: Math.max(state.attempts[index] ?? 0, WITHOUT_ATTEMPTS.has(status) ? 0 : 1),
  ...(output === undefined ? {} : { output }),
  ...(error === undefined ? {} : { error }),
});
