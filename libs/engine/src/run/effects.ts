import type { PluginReference, RecordedError, RunEvent } from './events.ts';
import { eventTaskKey, idempotencyKeyOf } from './keys.ts';
import { ROUTER_PART } from './router-part.ts';
import { isLostOutcome, isTimeout } from './unknown-outcome.ts';

/**
 * How far an effect is: scheduled, begun, done, failed for certain, or begun with nobody knowing what became of it.
 */
export type EffectState = 'planned' | 'sent' | 'confirmed' | 'failed' | 'unknown';

/** Something that a run does outside, by the key under which the outside knows it. */
export type Effect = {
  /** The idempotency key, the same for every attempt: `runId/stepId/iteration/index`, and `/part`. */
  readonly key: string;
  /** Of the last attempt. */
  readonly taskKey: string;
  /** Null for a hook. */
  readonly stepId: string | null;
  readonly iteration: string | null;
  readonly index: string | null;
  /** Null for the step's own work. */
  readonly part: string | null;
  readonly attempt: number;
  readonly state: EffectState;
  /** When it came to this state, in epoch milliseconds. */
  readonly at: number;
  /** What did it, where that is known. */
  readonly plugin: PluginReference | null;
  /** Of an effect that failed or is unknown. */
  readonly error: RecordedError | null;
};

/**
 * Lists what a run did outside, in the order of first planning: each effect once, with its last attempt. What a cache gave,
 * sub-pipelines and attempts that were canceled before they began did nothing. In a log that has ended, what began without an
 * outcome is unknown.
 */
export const listEffects = (events: Iterable<RunEvent>): Effect[] => {
  const effects = new Map<string, Effect>();
  /** What an effect was before its attempt was planned: nothing came of one that was canceled in time. */
  const before = new Map<string, Effect | undefined>();
  let hasEnded = false;
  for (const event of events) {
    if (ENDS.has(event.type)) hasEnded = true;
    const key = keyOf(event);
    const known = effects.get(key);
    if (event.type === 'task_scheduled') {
      if (!isOutside(event)) continue;
      before.set(key, known);
      effects.set(key, plan(event, key));
    } else if (known !== undefined && known.attempt === (event.attempt ?? 1)) {
      const next = follow(known, event);
      if (next !== undefined) effects.set(key, next);
      else restore(effects, key, before.get(key));
    }
  }
  return hasEnded ? [...effects.values()].flatMap(atEnd) : [...effects.values()];
};

const ENDS: ReadonlySet<RunEvent['type']> = new Set(['run_succeeded', 'run_failed', 'run_canceled']);

const keyOf = ({ runId, stepId = '', iteration = '', index = '', part }: RunEvent): string =>
  idempotencyKeyOf({ runId, stepId, iteration, index, part });

type Scheduled = Extract<RunEvent, { type: 'task_scheduled' }>;

/** A sub-pipeline has a ledger of its own. */
const isOutside = ({ part, data: { uses } }: Scheduled): boolean =>
  part !== ROUTER_PART && !uses.startsWith('pipeline:');

const plan = (event: Scheduled, key: string): Effect => ({
  key,
  taskKey: eventTaskKey(event),
  stepId: event.stepId ?? null,
  iteration: event.iteration ?? null,
  index: event.index ?? null,
  part: event.part ?? null,
  attempt: event.attempt ?? 1,
  state: 'planned',
  at: event.at,
  plugin: null,
  error: null,
});

/** What an event makes of an effect; undefined when nothing went outside. */
const follow = (effect: Effect, event: RunEvent): Effect | undefined => {
  const { at } = event;
  switch (event.type) {
    case 'task_started':
      return { ...effect, state: 'sent', at, plugin: event.data.plugin ?? null };
    case 'task_succeeded':
      return event.data.isCached === true ? undefined : { ...effect, state: 'confirmed', at };
    case 'task_failed': {
      const { error } = event.data;
      const isLost = isLostOutcome(error) || (effect.state === 'sent' && isTimeout(error));
      return { ...effect, state: isLost ? 'unknown' : 'failed', at, error };
    }
    case 'task_unknown':
      return { ...effect, state: 'unknown', at, error: event.data.error ?? null };
    case 'task_canceled':
      return effect.state === 'sent' ? { ...effect, state: 'unknown', at } : undefined;
    case 'effect_decided':
      return decided(effect, event);
    default:
      return effect;
  }
};

const decided = (effect: Effect, { at, data }: Extract<RunEvent, { type: 'effect_decided' }>): Effect => {
  if (data.decision === 'repeat') return effect;
  return data.decision === 'confirm'
    ? { ...effect, state: 'confirmed', at, error: null }
    : { ...effect, state: 'failed', at };
};

const restore = (effects: Map<string, Effect>, key: string, earlier: Effect | undefined): void => {
  if (earlier === undefined) effects.delete(key);
  else effects.set(key, earlier);
};

/** Nothing follows any more: what never began never will, what has no outcome gets none. */
const atEnd = (effect: Effect): Effect[] => {
  if (effect.state === 'planned') return [];
  return [effect.state === 'sent' ? { ...effect, state: 'unknown' } : effect];
};
