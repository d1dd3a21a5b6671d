import type { Json } from '@ia-modules/engine';
import * as fc from 'fast-check';
import { arbitraryCase } from './arbitrary-case.ts';

const SUSPICIOUS: readonly Json[] = [
  null,
  true,
  -1,
  0,
  1,
  2.5,
  40,
  1e308,
  '',
  ' ',
  'core.noop',
  'core.end',
  'human.approval',
  'pipeline:other',
  '__proto__',
  's0',
  's1',
  'ghost',
  '{{',
  '{{ }}',
  '{{ item }}',
  '{{ secrets.KEY }}',
  '{{ steps.s0.output.x }}',
  'P',
  '0s',
  '1s',
  '1h',
  'error',
  'any',
  'adaptive',
  'collect',
  'compensate',
  'steps.s0.output == 1',
  '1 +',
  [],
  [[]],
  {},
  { at_least: 1 },
  { type: 'always' },
  { type: 'not', condition: { type: 'always' } },
  { max_iterations: 2 },
  { items: [1] },
  { items: '{{ iteration }}' },
  { key: '{{ iteration }}', ttl: '1h' },
  { signal: 'go' },
  { duration: '1s' },
  { reward: '1.0' },
  { type: 'expression', source: '1', operator: 'exists' },
];

const KEYS = [
  'uses',
  'with',
  'for_each',
  'retry',
  'timeout',
  'max_duration',
  'fallback',
  'on_error',
  'transform',
  'validate',
  'cache',
  'concurrency',
  'compensate',
  'join',
  'cancel_rest',
  'cancels',
  'exhaustive',
  'router',
  'adaptive',
  'max_depth',
  'condition',
  'default',
  'on',
  'loop',
  'start_at',
  'hooks',
  'reporters',
  'exporters',
  'outputs',
  'parameters',
  'max_cost_usd',
  'on_budget',
  '__proto__',
  'constructor',
  'toString',
  'x',
];

const mutation = fc.record({
  /** Which way to go at each level; the last one is where the change is made. */
  path: fc.array(fc.nat(40), { minLength: 1, maxLength: 7 }),
  change: fc.oneof(
    fc.record({
      kind: fc.constant('replace' as const),
      value: fc.oneof(fc.constantFrom(...SUSPICIOUS), fc.jsonValue()),
    }),
    fc.record({ kind: fc.constant('remove' as const) }),
    fc.record({ kind: fc.constant('twice' as const) }),
    fc.record({
      kind: fc.constant('add' as const),
      key: fc.constantFrom(...KEYS),
      value: fc.constantFrom(...SUSPICIOUS),
    }),
  ),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const mutate = (value: unknown, { path, change }: Mutation): unknown => {
  const [step = 0, ...rest] = path;
  if (typeof value !== 'object' || value === null) return change.kind === 'replace' ? change.value : value;
  const entries: [string, unknown][] = Object.entries(value);
  const place = step % Math.max(1, entries.length);
  const entry = entries[place];
  if (change.kind === 'add' && (rest.length === 0 || entry === undefined)) entries.push([change.key, change.value]);
  else if (entry === undefined) return change.kind === 'replace' ? change.value : value;
  else if (rest.length > 0) entries[place] = [entry[0], mutate(entry[1], { path: rest, change })];
  else if (change.kind === 'replace') entries[place] = [entry[0], change.value];
  else if (change.kind === 'remove') entries.splice(place, 1);
  else entries.push([`${entry[0]}x`, entry[1]]);
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
};

/** Pipelines that are wrong in a few places, and some that happen to be still right. */
export const arbitraryMutant = fc
  .tuple(arbitraryCase, fc.array(mutation, { minLength: 1, maxLength: 3 }))
  .map(([{ definition, script }, mutations]) => ({
    value: mutations.reduce<unknown>(mutate, definition),
    script,
  }));
