import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { Scope } from '../expression/expression.ts';
import type { RecordedError } from './events.ts';
import { itemPathOf } from './evolve-activity.ts';
import type { Place } from './keys.ts';
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
  /** Where the expression is evaluated; absent for what belongs to the run as a whole. */
  readonly place?: Place | undefined;
  /** Items of an execution that is over; otherwise they are found by the place. */
  readonly itemPath?: readonly Json[] | undefined;
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
  const { place } = request;
  return {
    parameters: state.parameters,
    steps,
    run: { id: request.runId, started_at: new Date(state.startedAt).toISOString(), pipeline: state.pipeline },
    trigger: state.trigger,
    ...iterationsAt(place),
    ...(place === undefined || place.index === ''
      ? {}
      : itemsAt(place, request.itemPath ?? itemPathOf(plan, state, place))),
  };
};

const OUTSIDE_LOOPS = { iteration: 0, iteration_path: [] };

const iterationsAt = (place: Place | undefined): Pick<Scope, 'iteration' | 'iteration_path'> => {
  if (place === undefined || place.iteration === '') return OUTSIDE_LOOPS;
  const path = place.iteration.split('.').map(Number);
  return { iteration: path.at(-1) ?? 0, iteration_path: path };
};

const itemsAt = (
  { index }: Place,
  itemPath: readonly Json[],
): Pick<Scope, 'item' | 'index' | 'item_path' | 'index_path'> => {
  const indexPath = index.split('.').map(Number);
  return { item: itemPath.at(-1) ?? null, index: indexPath.at(-1) ?? 0, item_path: itemPath, index_path: indexPath };
};

const recordedOutcome = (state: RunState, index: number): StepOutcome => ({
  index,
  status: stepStatus(state, index),
  output: state.outputs[index],
  error: state.errors.get(index),
});

/** A built-in step that is done at once has no event for its first attempt. */
const WITHOUT_ATTEMPTS: ReadonlySet<Status> = new Set(['pending', 'skipped', 'canceled']);

/** Of the step's last execution. */
export const attemptsOf = (state: RunState, index: number, status: Status): number =>
  Math.max(state.attempts[index] ?? 0, WITHOUT_ATTEMPTS.has(status) ? 0 : 1);

const stepView = (state: RunState, { index, status, output, error }: StepOutcome): JsonObject => ({
  status,
  attempts: attemptsOf(state, index, status),
  ...(output === undefined ? {} : { output }),
  ...(error === undefined ? {} : { error }),
});
