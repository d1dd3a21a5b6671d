import type { Json, StepDefinition } from '@ia-modules/engine';
import * as fc from 'fast-check';
import { hashOf, EFFORT_MS, type Outcome } from './reference-case.ts';

/** A chance of `weight` in ten to have something. */
export const sometimes = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 10 - weight, arbitrary: fc.constant(undefined) }, { weight, arbitrary });

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ effort: fc.nat(3), output: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      effort: fc.nat(3),
      error: fc.record({ name: fc.constantFrom('Error', 'OtherError'), retryable: fc.boolean() }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ effort: fc.nat(3), lost: fc.constantFrom('failure' as const, 'worker' as const) }),
  },
);

const forEach = fc.record({
  sizes: fc.array(fc.nat(3), { maxLength: 4 }),
  isNested: fc.boolean(),
  maxParallel: sometimes(6, fc.integer({ min: 1, max: 3 })),
  innerParallel: sometimes(5, fc.integer({ min: 1, max: 2 })),
  collects: fc.boolean(),
  innerCollects: fc.boolean(),
});
type ForEachSketch = typeof forEach extends fc.Arbitrary<infer T> ? T : never;

export const stepSketch = fc.record({
  kind: fc.oneof(
    { weight: 24, arbitrary: fc.constant('task' as const) },
    { weight: 6, arbitrary: fc.constant('noop' as const) },
    { weight: 4, arbitrary: fc.constant('wait' as const) },
    { weight: 1, arbitrary: fc.constant('fail' as const) },
    { weight: 1, arbitrary: fc.constantFrom('end_succeeded' as const, 'end_failed' as const, 'end_canceled' as const) },
  ),
  outcomes: fc.array(outcomes, { minLength: 1, maxLength: 3 }),
  undoing: fc.array(outcomes, { minLength: 1, maxLength: 2 }),
  attempts: sometimes(3, fc.integer({ min: 2, max: 3 })),
  retriesOn: sometimes(3, fc.constantFrom('OtherError', 'TimeoutError')),
  hasTimeout: sometimes(1, fc.constant(true)),
  onUnknown: sometimes(6, fc.constantFrom('repeat' as const, 'ask' as const, 'ask' as const, 'fail' as const)),
  hasDeadline: sometimes(1, fc.constant(true)),
  fallback: sometimes(1, fc.nat(9)),
  onError: sometimes(
    7,
    fc.constantFrom('continue' as const, 'continue' as const, 'continue' as const, 'compensate' as const),
  ),
  join: fc.constantFrom<NonNullable<StepDefinition['join']>>('all', 'all', 'any', { at_least: 2 }),
  cancelsRest: fc.boolean(),
  takesFirst: sometimes(2, fc.constant(true)),
  isExhaustive: sometimes(1, fc.constant(true)),
  forEach: sometimes(2, forEach),
  slot: sometimes(2, fc.constantFrom('one', 'two')),
  isCompensated: fc.boolean(),
  cancels: sometimes(1, fc.nat(30)),
});
export type StepSketch = typeof stepSketch extends fc.Arbitrary<infer T> ? T : never;

export const idOf = (index: number): string => `s${index}`;

/** A duration like those of attempts: more effort is longer, and no two are the same. */
export const msText = (effort: number, name: string): string => `${effort * EFFORT_MS + hashOf(name)}ms`;

const toForEach = (sketch: ForEachSketch): NonNullable<StepDefinition['for_each']> => {
  const { sizes, isNested, maxParallel, innerParallel, collects, innerCollects } = sketch;
  const limits = (parallel: number | undefined, isCollecting: boolean) => ({
    ...(parallel === undefined ? {} : { max_parallel: parallel }),
    ...(isCollecting ? { on_item_error: 'collect' as const } : {}),
  });
  const inner = { items: '{{ item }}', ...limits(innerParallel, innerCollects) };
  const items: Json[] = isNested ? sizes.map((size) => Array.from({ length: size }, (_, index) => index)) : sizes;
  return { items, ...limits(maxParallel, collects), ...(isNested ? { for_each: inner } : {}) };
};

const END_STATUSES = { end_succeeded: 'succeeded', end_failed: 'failed', end_canceled: 'canceled' } as const;

const workOf = (id: string, { kind, forEach: mapping }: StepSketch): Pick<StepDefinition, 'uses' | 'with'> => {
  switch (kind) {
    case 'task':
      return { uses: 'test.task' };
    case 'noop':
      return mapping === undefined
        ? { uses: 'core.noop', with: { iteration: '{{ iteration }}', path: '{{ iteration_path }}' } }
        : { uses: 'core.noop', with: { item: '{{ item }}', path: '{{ index_path }}' } };
    case 'wait':
      return { uses: 'core.wait', with: { duration: msText(1, `${id}:wait`) } };
    case 'fail':
      return { uses: 'core.fail', with: { retryable: true } };
    default:
      return { uses: 'core.end', with: { status: END_STATUSES[kind], outputs: { by: id } } };
  }
};

/** Keys go where the language lets them stand. */
export const toStep = (sketch: StepSketch, index: number, count: number): StepDefinition => {
  const id = idOf(index);
  const step: StepDefinition = { id, ...workOf(id, sketch), join: sketch.join };
  const { kind } = sketch;
  if (sketch.cancelsRest && sketch.join !== 'all') step.cancel_rest = true;
  if (step.uses === 'core.end') return step;
  if (sketch.onError !== undefined) step.on_error = sketch.onError;
  if (sketch.fallback !== undefined) step.fallback = sketch.fallback;
  if (sketch.takesFirst) step.router = 'first_match';
  if (sketch.isExhaustive) step.exhaustive = true;
  if (sketch.hasDeadline && kind !== 'noop') step.max_duration = msText(4, `${id}:deadline`);
  if (sketch.cancels !== undefined && sketch.cancels % count !== index) step.cancels = [idOf(sketch.cancels % count)];
  if (sketch.forEach !== undefined && (kind === 'task' || kind === 'noop')) step.for_each = toForEach(sketch.forEach);
  if (sketch.isCompensated && kind !== 'fail') step.compensate = { uses: 'test.undo', retry: retryOf(id, sketch) };
  if (sketch.slot !== undefined && (kind === 'task' || kind === 'wait')) {
    step.concurrency = { key: sketch.slot, limit: sketch.slot === 'one' ? 1 : 2 };
  }
  if (sketch.attempts !== undefined && (kind === 'task' || kind === 'fail')) step.retry = retryOf(id, sketch);
  if (sketch.onUnknown !== undefined && (kind === 'task' || step.compensate !== undefined)) {
    step.on_unknown = sketch.onUnknown;
  }
  if (sketch.hasTimeout && kind === 'task') step.timeout = msText(2, `${id}:timeout`);
  return step;
};

const retryOf = (id: string, { attempts, retriesOn }: StepSketch): NonNullable<StepDefinition['retry']> => ({
  max_attempts: attempts ?? 1,
  initial_delay: msText(0, `${id}:retry`),
  max_delay: msText(1, `${id}:retry`),
  factor: 2,
  jitter: false,
  ...(retriesOn === undefined ? {} : { on: [retriesOn] }),
});
