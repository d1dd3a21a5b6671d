import type { EventDraft } from './events.ts';
import { closeActivity } from './evolve-activity.ts';
import { endUnit, followChoice, followPlain, killAll, leaveAgenda } from './evolve-flow.ts';
import type { Plan } from './plan.ts';
import { STATUS_CODE, type RunState } from './state.ts';

export type StepEnd = Extract<
  EventDraft,
  { type: 'step_succeeded' | 'step_failed' | 'step_skipped' | 'step_canceled' | 'branch_chosen' }
>;

const STEP_ENDS: ReadonlySet<EventDraft['type']> = new Set([
  'step_succeeded',
  'step_failed',
  'step_skipped',
  'step_canceled',
  'branch_chosen',
]);

export const isStepEnd = (event: EventDraft): event is StepEnd => STEP_ENDS.has(event.type);

/** Applies how a step ended, and where that leads. */
export const evolveStepEnd = (
  plan: Plan,
  state: RunState,
  { event, index }: { readonly event: StepEnd; readonly index: number },
): void => {
  switch (event.type) {
    case 'step_succeeded':
      noteCompletedStep(plan, state, { event, index });
      finish(plan, state, { index, code: STATUS_CODE.succeeded });
      state.outputs[index] = event.data.output;
      if (event.data.error) state.errors.set(index, event.data.error);
      else state.errors.delete(index);
      followPlain(plan, state, { index, failed: false });
      break;
    case 'step_failed':
      finish(plan, state, { index, code: STATUS_CODE.failed });
      state.outputs[index] = undefined;
      state.errors.set(index, event.data.error);
      followPlain(plan, state, { index, failed: true });
      break;
    case 'step_skipped':
    case 'step_canceled':
      finish(plan, state, { index, code: event.type === 'step_skipped' ? STATUS_CODE.skipped : STATUS_CODE.canceled });
      state.outputs[index] = undefined;
      state.errors.delete(index);
      killAll(plan, state, index);
      break;
    default:
      followChoice(plan, state, { index, taken: event.data.taken, positions: event.data.positions });
      if (event.data.context !== undefined && event.data.taken[0] !== undefined) {
        state.choices.set(index, { context: event.data.context, to: event.data.taken[0] });
      }
  }
};

/** A step that a join canceled has decided its own join too: a late arrival must not start it again. */
const finish = (
  plan: Plan,
  state: RunState,
  { index, code }: { readonly index: number; readonly code: number },
): void => {
  const activity = state.roots.get(index);
  if (activity !== undefined) closeActivity(state, activity);
  leaveAgenda(state, index);
  state.stepStatuses[index] = code;
  endUnit(state, plan.steps[index]?.region ?? -1);
};

/** What a fallback, a mock or a cache stood in for has nothing to undo; the items of a map are noted one by one. */
const noteCompletedStep = (
  plan: Plan,
  state: RunState,
  { event, index }: { readonly event: Extract<StepEnd, { type: 'step_succeeded' }>; readonly index: number },
): void => {
  const step = plan.steps[index];
  if (!step?.compensate || step.maps.length > 0) return;
  const { error, isMocked, output } = event.data;
  if (error !== undefined || isMocked === true || state.roots.get(index)?.isCached) return;
  state.completed.push({ step: index, iteration: event.iteration ?? '', index: '', output, itemPath: [] });
};
