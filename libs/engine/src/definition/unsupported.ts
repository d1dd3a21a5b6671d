import type { Path } from './diagnostic.ts';

/** A part of the language that this version reads but can't run. */
export type UnsupportedFeature = { readonly path: Path; readonly what: string };

const PIPELINE_KEYS: Readonly<Record<string, string>> = {
  plugin_config: 'Local plugin folders',
  hooks: 'Hooks',
  reporters: 'Reporters',
};
const STEP_KEYS: Readonly<Record<string, string>> = {
  validate: 'Validators on a step',
  transform: 'Transforms on a step',
  cache: 'Caching a step',
  concurrency: 'Concurrency limits',
  compensate: 'Compensation',
  cancels: 'Canceling other branches',
  for_each: 'Mapping a step over items',
};
const FLOW_KEYS: Readonly<Record<string, string>> = { max_cost_usd: 'A cost limit' };
const TRANSITION_KEYS: Readonly<Record<string, string>> = { loop: 'Loops' };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Everything in a definition that belongs to the language and can't be run yet: it is refused, never ignored. */
export const findUnsupported = (value: unknown): UnsupportedFeature[] => {
  if (!isObject(value)) return [];
  const found: UnsupportedFeature[] = keysIn(value, PIPELINE_KEYS, []);
  if (Array.isArray(value['steps'])) {
    for (const [index, step] of value['steps'].entries())
      if (isObject(step)) found.push(...inStep(step, ['steps', index]));
  }
  const { flow } = value;
  if (!isObject(flow)) return found;
  found.push(...keysIn(flow, FLOW_KEYS, ['flow']));
  if (flow['on_failure'] === 'compensate') found.push({ path: ['flow', 'on_failure'], what: 'Compensation' });
  if (!Array.isArray(flow['transitions'])) return found;
  for (const [index, transition] of flow['transitions'].entries()) {
    if (!isObject(transition)) continue;
    const path: Path = ['flow', 'transitions', index];
    found.push(
      ...keysIn(transition, TRANSITION_KEYS, path),
      ...inCondition(transition['condition'], [...path, 'condition']),
    );
  }
  return found;
};

const keysIn = (
  object: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, string>>,
  path: Path,
): UnsupportedFeature[] =>
  Object.keys(object)
    .filter((key) => Object.hasOwn(known, key))
    .map((key) => ({ path: [...path, key], what: known[key] ?? key }));

const inStep = (step: Readonly<Record<string, unknown>>, path: Path): UnsupportedFeature[] => {
  const found = keysIn(step, STEP_KEYS, path);
  if (step['router'] === 'adaptive') found.push({ path: [...path, 'router'], what: 'The adaptive router' });
  if (step['on_error'] === 'compensate') found.push({ path: [...path, 'on_error'], what: 'Compensation' });
  const { uses } = step;
  if (uses === 'human.approval') found.push({ path: [...path, 'uses'], what: 'An approval' });
  if (typeof uses === 'string' && uses.startsWith('pipeline:'))
    found.push({ path: [...path, 'uses'], what: 'A sub-pipeline' });
  if (uses === 'core.wait' && isObject(step['with']) && 'signal' in step['with']) {
    found.push({ path: [...path, 'with', 'signal'], what: 'Waiting for a signal' });
  }
  return found;
};

/** Goes down by a list, not by calls: the value's depth is checked elsewhere. */
const inCondition = (condition: unknown, path: Path): UnsupportedFeature[] => {
  const found: UnsupportedFeature[] = [];
  const pending: { readonly value: unknown; readonly path: Path }[] = [{ value: condition, path }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { value } = entry;
    if (!isObject(value)) continue;
    if (value['type'] === 'plugin') found.push({ path: entry.path, what: 'A plugin condition' });
    if (isObject(value['condition'])) pending.push({ value: value['condition'], path: [...entry.path, 'condition'] });
    if (!Array.isArray(value['conditions'])) continue;
    for (const [index, item] of value['conditions'].entries()) {
      pending.push({ value: item, path: [...entry.path, 'conditions', index] });
    }
  }
  return found;
};
