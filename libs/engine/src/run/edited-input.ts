import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { MASKED_SECRET } from '../expression/template.ts';
import type { SecretSlot } from '../ports/durable-context.ts';
import { activityKey, type Place } from './keys.ts';
import type { Plan } from './plan.ts';
import type { RunState } from './state.ts';

/** What a fork or a debugger gives a step in place of its `with`; undefined when neither does. */
export const editedInput = (plan: Plan, state: RunState, { step, iteration }: Place): JsonObject | undefined => {
  const forked =
    state.forkInputs.size === 0 ? undefined : state.forkInputs.get(activityKey(plan.stepIds[step] ?? '', iteration));
  return forked ?? state.inputs.get(step);
};

/** The secrets that an edited input still names: where it shows them as they were recorded. */
export const keptSecrets = (slots: readonly SecretSlot[], input: Json): SecretSlot[] =>
  slots.filter(({ path, parts }) => {
    const masked = parts.map((part) => (typeof part === 'string' ? part : MASKED_SECRET)).join('');
    return valueAt(input, path) === masked;
  });

const valueAt = (value: Json | undefined, [key, ...rest]: SecretSlot['path']): Json | undefined => {
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return valueAt((value as JsonObject)[key], rest);
};
