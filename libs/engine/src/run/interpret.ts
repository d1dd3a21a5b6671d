import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { DurableContext } from '../ports/durable-context.ts';
import { decide, type Stimulus } from './decide.ts';
import type { Effect } from './decision.ts';
import type { Plan } from './plan.ts';
import { createRunState } from './state.ts';
import { isTerminal } from './status.ts';

export type InterpretOptions = {
  readonly plan: Plan;
  readonly context: DurableContext;
  /** Already checked and completed by `validateParameters`. */
  readonly parameters: JsonObject;
  /** What started the run; expressions read it as `trigger`. */
  readonly trigger?: JsonObject;
  /** Which pipeline and version this is, for the log's first event; expressions read it as `run.pipeline`. */
  readonly pipeline?: JsonObject;
};

/**
 * Drives one run to its end over a durable context. It emits from the start: on a replay the context compares what comes with its
 * log and plays the settlements back in their recorded order. Resolves once a terminal run event is emitted.
 * @throws what `context.next` rejects with, such as `IA_RUNTIME_STOPPED`; the run then goes on elsewhere
 */
export const interpret = async (options: InterpretOptions): Promise<void> => {
  const { plan, context, parameters, trigger = {}, pipeline = {} } = options;
  const { runId, seed } = context;
  const state = createRunState(plan);
  let stimulus: Stimulus = { kind: 'started', parameters, trigger, pipeline };
  for (;;) {
    const { events, effects } = decide(plan, state, { stimulus, facts: { runId, seed, now: context.now() } });
    if (events.length > 0) context.emit(events);
    for (const effect of effects) perform(context, effect);
    if (isTerminal(state.status)) return;
    stimulus = await context.next();
  }
};

const perform = (context: DurableContext, effect: Effect): void => {
  switch (effect.kind) {
    case 'task':
      context.task(effect.request);
      break;
    case 'timer':
      context.timer(effect.key, effect.fireAt);
      break;
    case 'cancel_task':
      context.cancelTask(effect.key);
      break;
    default:
      context.cancelTimer(effect.key);
  }
};
