import { interpret, projectRun, type Json, type JsonObject, type Plan, type RunEvent } from '@ia-modules/engine';
import type { ReferenceCase } from './reference-case.ts';
import type { Answer, StepEnding } from './answer.ts';
import { SimulatedContext } from './simulated-context.ts';

/** Runs a plan in simulated time, and puts its log into the words of the reference. */
export const runEngine = async (plan: Plan, { script, cancelAtMs }: ReferenceCase): Promise<Answer> => {
  const cancel = { kind: 'cancel_requested', reason: 'enough', by: 'ann' } as const;
  const context = new SimulatedContext(script, cancelAtMs === undefined ? [] : [{ at: cancelAtMs, settled: cancel }]);
  await interpret({ plan, context, parameters: {} });
  return toAnswer(plan, context.events);
};

const toAnswer = (plan: Plan, events: readonly RunEvent[]): Answer => {
  const view = projectRun(events, plan);
  const ends = new Set(plan.definition.steps.filter(({ uses }) => uses === 'core.end').map(({ id }) => id));
  const endings: Record<string, StepEnding> = {};
  for (const event of events) {
    const ending = toEnding(event, ends);
    if (ending !== undefined) endings[`${event.stepId ?? ''}#${event.iteration ?? ''}`] = ending;
  }
  const steps = Object.entries(view.steps).map(([id, { status, iterations }]) => [id, { status, iterations }]);
  return {
    status: view.status,
    error: view.error?.code,
    outputs: view.outputs === null ? undefined : structuredClone(view.outputs),
    endedAt: view.finishedAt ?? 0,
    endings,
    steps: Object.fromEntries(steps),
    compensations: compensationsOf(events),
  };
};

const toEnding = (event: RunEvent, ends: ReadonlySet<string>): StepEnding | undefined => {
  const { at } = event;
  switch (event.type) {
    case 'step_succeeded': {
      const { output, error } = event.data;
      const shown = ends.has(event.stepId ?? '') ? null : withoutDetails(output);
      return { status: 'succeeded', at, output: shown, ...(error === undefined ? {} : { error: error.code }) };
    }
    case 'step_failed':
      return { status: 'failed', at, error: event.data.error.code };
    case 'step_skipped':
      return { status: 'skipped', at };
    case 'step_canceled':
      return { status: 'canceled', at };
    default:
      return undefined;
  }
};

/** Errors of collected items by their code alone. */
const withoutDetails = (output: Json): Json => {
  if (Array.isArray(output)) return output.map(withoutDetails);
  const { error } = toObject(output);
  return error === undefined ? output : { error: toObject(error)['code'] ?? null };
};

const toObject = (value: Json): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

const compensationsOf = (events: readonly RunEvent[]): string[] => {
  const last = events.at(-1);
  if (last?.type !== 'run_failed' && last?.type !== 'run_canceled') return [];
  return (last.data.compensations ?? []).map(
    ({ stepId, iteration = '', index = '', status }) => `${stepId}#${iteration}/${index} ${status}`,
  );
};
