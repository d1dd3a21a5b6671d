import { type Json, type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { compileExpression } from '../expression/expression.ts';
import type { RunCommand } from '../ports/durable-context.ts';
import { checkCommand, type CommandProblem } from './check-command.ts';
import type { RecordedError, RunEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { activityKey } from './keys.ts';
import type { Plan } from './plan.ts';
import { attemptsOf, createScope } from './scope.ts';
import { createRunState, iterationOf, stepStatus, type RunState } from './state.ts';
import type { Status } from './status.ts';
import { explainWaits, type Waiting } from './waiting.ts';

/** A step at one of its run's events. */
export type InspectedStep = {
  readonly status: Status;
  /** Undefined when it has none. */
  readonly output: Json | undefined;
  readonly error: RecordedError | undefined;
  readonly attempts: number;
  /** Of the loops around it, the iterations under way: `2.1`; empty outside loops. */
  readonly iteration: string;
  /** The items of a map that is under way; null for any other step. */
  readonly items: { readonly all: readonly Json[]; readonly results: readonly Json[]; readonly done: number } | null;
};

/** Where an expression is evaluated: there `iteration`, `item` and `index` mean something. */
export type InspectionPlace = { readonly stepId: string; readonly index?: string };

/** A run at one of its events, as a debugger shows it. */
export type RunInspection = {
  readonly status: Status;
  readonly parameters: JsonObject;
  readonly steps: Readonly<Record<string, InspectedStep>>;
  /** Iterations under way by the step that their loop begins with: `2.1`. */
  readonly loops: Readonly<Record<string, string>>;
  readonly costUsd: number;
  readonly waiting: readonly Waiting[];
  /**
   * Evaluates an expression with the run's values at this event. An item can be looked at while its map is under way.
   * @throws PlatformError `IA_EXPRESSION_INVALID`, `IA_EXPRESSION_FAILED` or `IA_EXPRESSION_LIMIT`
   */
  readonly evaluate: (expression: string, place?: InspectionPlace) => Json;
  /** Says why the run could not do what it is told; undefined when it could. */
  readonly check: (command: RunCommand) => CommandProblem | undefined;
};

/** Looks into a run through its log, up to any event of it. */
export const inspectRun = (plan: Plan, events: Iterable<RunEvent>): RunInspection => {
  const state = createRunState(plan);
  let runId = '';
  for (const event of events) {
    runId = event.runId;
    evolve(plan, state, event, event.at);
  }
  return {
    status: state.status,
    parameters: state.parameters,
    steps: Object.fromEntries(plan.stepIds.map((id, index) => [id, inspectStep(plan, state, index)])),
    loops: Object.fromEntries(
      plan.regions.map(({ header }) => [plan.stepIds[header] ?? '', iterationOf(plan, state, header)]),
    ),
    costUsd: state.costUsd,
    waiting: explainWaits(plan, state),
    evaluate: (source, place) => {
      const expression = compileExpression(source);
      const { stepIds } = expression.references;
      const at = place === undefined ? undefined : findPlace(plan, state, place);
      return expression.evaluate(createScope(plan, state, { runId, stepIds, place: at }));
    },
    check: (command) => checkCommand(plan, state, command),
  };
};

const inspectStep = (plan: Plan, state: RunState, index: number): InspectedStep => {
  const map = state.roots.get(index)?.map;
  const status = stepStatus(state, index);
  return {
    status,
    output: state.outputs[index],
    error: state.errors.get(index),
    attempts: attemptsOf(state, index, status),
    iteration: iterationOf(plan, state, index),
    items: map ? { all: map.items, results: [...map.results], done: map.done } : null,
  };
};

const findPlace = (plan: Plan, state: RunState, { stepId, index = '' }: InspectionPlace) => {
  const step = plan.stepIndexes.get(stepId);
  if (step === undefined) throw nothingThere(`There is no step '${stepId}'.`);
  const iteration = iterationOf(plan, state, step);
  if (index !== '') {
    const segments = index.split('.');
    const around = state.activities.get(activityKey(stepId, iteration, segments.slice(0, -1).join('.')));
    if (around?.map?.items[Number(segments.at(-1))] === undefined) {
      throw nothingThere(`Step '${stepId}' has no item ${index} under way.`);
    }
  }
  return { step, iteration, index };
};

const nothingThere = (message: string): PlatformError => new PlatformError({ code: 'IA_EXPRESSION_FAILED', message });
