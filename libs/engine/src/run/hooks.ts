import type { Json } from '@ia-modules/plugin-sdk';
import type { HookEvent } from '../definition/schema.ts';
import type { Turn } from './decision.ts';
import type { EventDraft } from './events.ts';
import { activityKey, idempotencyKeyOf, RUN_SCOPE, taskKey } from './keys.ts';
import type { PlanHook } from './plan.ts';
import { toRecordedError } from './recorded-error.ts';
import { createScope } from './scope.ts';

const HOOK_TIMEOUT_MS = 30_000;
const TERMINAL_EVENTS: ReadonlySet<string> = new Set(['run_succeeded', 'run_failed', 'run_canceled']);

/** Calls the hooks that listen to an event; those of the run's end are called before that is recorded. */
export const callHooks = (turn: Turn, event: EventDraft): void => {
  if (TERMINAL_EVENTS.has(event.type)) return;
  for (const [index, hook] of turn.plan.hooks.entries()) {
    if (!hook.on.has(event.type as HookEvent)) continue;
    const { type, stepId, data } = event;
    const about = { type, ...(stepId === undefined ? {} : { stepId }), data: data as Json };
    callHook(turn, hook, { part: `hook/${index}/${turn.state.hookCount}`, about });
  }
};

/** Calls the hooks that listen to the end that the run is coming to. */
export const callEndHooks = (turn: Turn): void => {
  const { ending } = turn.state;
  if (ending === null || turn.state.hasCalledEndHooks) return;
  const { kind, compensates: _compensates, ...data } = ending;
  for (const [index, hook] of turn.plan.hooks.entries()) {
    if (!hook.on.has(`run_${kind}`)) continue;
    callHook(turn, hook, { part: `hook/${index}/end`, about: { type: `run_${kind}`, data: data as Json } });
  }
};

/** A hook belongs to the run as a whole. */
const NOWHERE = { stepId: '', iteration: '', index: '' };

type HookCall = { readonly part: string; readonly about: Json };

/** A hook whose configuration can't be evaluated is not called, and the log says so. */
const callHook = (turn: Turn, { uses, config }: PlanHook, { part, about }: HookCall): void => {
  const { stepIds } = config;
  const scope = createScope(turn.plan, turn.state, { runId: turn.facts.runId, stepIds });
  const key = taskKey(activityKey(RUN_SCOPE), 1, part);
  try {
    const input = { event: about, config: config.render(scope) };
    const secrets = config.secretSlots(scope).map((slot) => ({ ...slot, path: ['config', ...slot.path] }));
    turn.record({ type: 'task_scheduled', attempt: 1, part, data: { uses, input } });
    turn.effects.push({
      kind: 'task',
      request: {
        key,
        kind: 'hook',
        ...NOWHERE,
        uses,
        input,
        secrets,
        attempt: 1,
        idempotencyKey: idempotencyKeyOf({ runId: turn.facts.runId, ...NOWHERE, part }),
        timeoutMs: HOOK_TIMEOUT_MS,
        cache: null,
        onUnknown: 'repeat',
      },
    });
  } catch (error) {
    turn.record({ type: 'task_scheduled', attempt: 1, part, data: { uses, input: { event: about } } });
    turn.record({ type: 'task_canceled', attempt: 1, part, data: { reason: toRecordedError(error).message } });
  }
};
