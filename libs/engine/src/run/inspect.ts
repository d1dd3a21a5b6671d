import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { compileExpression } from '../expression/expression.ts';
import type { RunEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Plan } from './plan.ts';
import { createScope } from './scope.ts';
import { createRunState, iterationOf, stepStatus } from './state.ts';
import type { Status } from './status.ts';
import { explainWaits, type Waiting } from './waiting.ts';

/** A run at one of its events, as a debugger shows it. */
export type RunInspection = {
  readonly status: Status;
  readonly parameters: JsonObject;
  readonly steps: Readonly<Record<string, { readonly status: Status; readonly output: Json | undefined }>>;
  /** Iterations under way by the step that their loop begins with: `2.1`. */
  readonly loops: Readonly<Record<string, string>>;
  readonly costUsd: number;
  readonly waiting: readonly Waiting[];
  /**
   * Evaluates an expression with the run's values at this event.
   * @throws PlatformError `IA_EXPRESSION_INVALID`, `IA_EXPRESSION_FAILED` or `IA_EXPRESSION_LIMIT`
   */
  readonly evaluate: (expression: string) => Json;
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
    steps: Object.fromEntries(
      plan.stepIds.map((id, index) => [id, { status: stepStatus(state, index), output: state.outputs[index] }]),
    ),
    loops: Object.fromEntries(
      plan.regions.map(({ header }) => [plan.stepIds[header] ?? '', iterationOf(plan, state, header)]),
    ),
    costUsd: state.costUsd,
    waiting: explainWaits(plan, state),
    evaluate: (source) => {
      const expression = compileExpression(source);
      return expression.evaluate(createScope(plan, state, { runId, stepIds: expression.references.stepIds }));
    },
  };
};
