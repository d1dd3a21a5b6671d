import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { DurableContext } from '../ports/durable-context.ts';
import { decide } from './decide.ts';
import type { Effect } from './decision.ts';
import type { Plan } from './plan.ts';
import { createRunState, type RunState } from './state.ts';
import { isTerminal } from './status.ts';
import type { RunStart, Stimulus } from './take-stimulus.ts';

/** What a run is given at its start. A replay has to be given the same, or it takes another course than its log. */
export type InterpretOptions = Omit<RunStart, 'trigger' | 'pipeline'> & {
  readonly plan: Plan;
  readonly context: DurableContext;
  /** Already checked and completed by `validateParameters`. */
  readonly parameters: JsonObject;
  /** What started the run; expressions read it as `trigger`. */
  readonly trigger?: JsonObject;
  /** Which pipeline and version this is, for the log's first event; expressions read it as `run.pipeline`. */
  readonly pipeline?: JsonObject;
  /** Where the run stands already, by a snapshot: it goes on with the next settlement. The state is taken over. */
  readonly from?: RunState | undefined;
  /** Looks at the state between decisions; it may not change it. */
  readonly onState?: (state: RunState) => void;
};

/**
 * Drives one run to its end over a durable context. It emits from the start: on a replay the context compares what comes with its
 * log and plays the settlements back in their recorded order. Resolves once a terminal run event is emitted.
 * @throws what `context.next` rejects with, such as `IA_RUNTIME_STOPPED`; the run then goes on elsewhere
 */
export const interpret = async (options: InterpretOptions): Promise<void> => {
  const { plan, context, parameters, trigger = {}, pipeline = {}, debug, fork, depth, from, onState } = options;
  const { runId, seed } = context;
  const state = from ?? createRunState(plan);
  let stimulus: Stimulus =
    from === undefined ? { kind: 'started', parameters, trigger, pipeline, debug, fork, depth } : await context.next();
  for (;;) {
    const { events, effects } = decide(plan, state, { stimulus, facts: { runId, seed, now: context.now() } });
    if (events.length > 0) context.emit(events);
    for (const effect of effects) perform(context, effect);
    onState?.(state);
    if (isTerminal(state.status)) return;
    stimulus = await context.next();
  }
};

const perform = (context: DurableContext, effect: Effect): void => {
  switch (effect.kind) {
    case 'task':
      context.task(effect.request);
      break;
    case 'child':
      context.child(effect.request);
      break;
    case 'timer':
      context.timer(effect.key, effect.fireAt);
      break;
    case 'acquire':
      context.acquire(effect.request);
      break;
    case 'release':
      context.release(effect.key);
      break;
    case 'consult':
      context.consult(effect.query);
      break;
    case 'reward':
      context.reward(effect.reward);
      break;
    case 'cancel_task':
      context.cancelTask(effect.key);
      break;
    default:
      context.cancelTimer(effect.key);
  }
};
