import type { Json, PipelineDefinition, StepDefinition, TransitionDefinition } from '@ia-modules/engine';
import * as fc from 'fast-check';
import { EFFORT_MS, hashOf, type Outcome, type ReferenceCase } from './reference-case.ts';
import { areNested, closureOf, loopsOf } from './reference-loops.ts';

/** A chance of `weight` in ten to have something. */
const sometimes = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
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

const stepSketch = fc.record({
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
  hasTimeout: sometimes(1, fc.constant(true)),
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
type StepSketch = typeof stepSketch extends fc.Arbitrary<infer T> ? T : never;

const anyWay = fc.constantFrom<Way>(
  'plain',
  'plain',
  'plain',
  'even',
  'odd',
  'unguarded',
  'early',
  'default',
  'error',
  'error_even',
  'ancestor',
  'ancestor',
);
type Way = 'plain' | 'even' | 'odd' | 'unguarded' | 'early' | 'default' | 'error' | 'error_even' | 'ancestor';

const transitionSketch = fc.record({
  from: fc.nat(30),
  span: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: fc.integer({ min: 2, max: 5 }) }),
  way: anyWay,
  ancestor: fc.nat(30),
});
const loopSketch = fc.record({
  end: fc.nat(30),
  header: fc.nat(30),
  way: anyWay,
  ancestor: fc.nat(30),
  max_iterations: fc.integer({ min: 1, max: 3 }),
  fails: sometimes(2, fc.constant(true)),
});
type TransitionSketch = typeof transitionSketch extends fc.Arbitrary<infer T> ? T : never;
type LoopSketch = typeof loopSketch extends fc.Arbitrary<infer T> ? T : never;

const flowSketch = fc.record({
  compensates: fc.boolean(),
  deadline: sometimes(1, fc.integer({ min: 1, max: 8 })),
  extraStart: sometimes(1, fc.nat(30)),
});
type FlowSketch = typeof flowSketch extends fc.Arbitrary<infer T> ? T : never;

const idOf = (index: number): string => `s${index}`;

const msText = (effort: number, name: string): string => `${effort * EFFORT_MS + hashOf(name)}ms`;

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
const toStep = (sketch: StepSketch, index: number, count: number): StepDefinition => {
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
  if (sketch.isCompensated && kind !== 'fail') step.compensate = { uses: 'test.undo' };
  if (sketch.slot !== undefined && (kind === 'task' || kind === 'wait')) {
    step.concurrency = { key: sketch.slot, limit: sketch.slot === 'one' ? 1 : 2 };
  }
  if (sketch.attempts !== undefined && (kind === 'task' || kind === 'fail')) step.retry = retryOf(id, sketch.attempts);
  if (sketch.hasTimeout && kind === 'task') step.timeout = msText(2, `${id}:timeout`);
  return step;
};

const retryOf = (id: string, attempts: number): NonNullable<StepDefinition['retry']> => ({
  max_attempts: attempts,
  initial_delay: msText(0, `${id}:retry`),
  max_delay: msText(1, `${id}:retry`),
  factor: 2,
  jitter: false,
});

const outputIsIn = (id: string, value: readonly number[]) => ({
  type: 'expression' as const,
  source: `steps.${id}.output`,
  operator: 'in' as const,
  value,
});

const wayOf = (way: Way, id: string, ancestor: string): Partial<TransitionDefinition> => {
  const guarded = (value: readonly number[]): Partial<TransitionDefinition> => ({
    condition: {
      type: 'all',
      conditions: [{ type: 'expression', source: `steps.${id}.output`, operator: 'exists' }, outputIsIn(id, value)],
    },
  });
  switch (way) {
    case 'even':
      return guarded([0, 2, 4, 6, 8]);
    case 'odd':
      return guarded([1, 3, 5, 7, 9]);
    case 'unguarded':
      return { condition: outputIsIn(id, [0, 2, 4, 6, 8]) };
    case 'early':
      return { condition: { type: 'expression', source: 'iteration', operator: 'less_than', value: 2 } };
    case 'default':
      return { default: true };
    case 'error':
      return { on: 'error' };
    case 'error_even':
      return { on: 'error', condition: succeeded(ancestor) };
    case 'ancestor':
      return { condition: succeeded(ancestor) };
    default:
      return {};
  }
};

const succeeded = (id: string): NonNullable<TransitionDefinition['condition']> => ({
  type: 'expression',
  source: `steps.${id}.status`,
  operator: 'equals',
  value: 'succeeded',
});

/** Steps that come before, the step itself included. */
const ancestorsOf = (id: string, transitions: readonly TransitionDefinition[]): string[] =>
  [...closureOf(id, (other) => transitions.filter(({ to }) => to === other).map(({ from }) => from))].toSorted();

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

const toTransitions = (
  steps: readonly StepDefinition[],
  sketches: readonly TransitionSketch[],
  loops: readonly LoopSketch[],
): TransitionDefinition[] => {
  const transitions: TransitionDefinition[] = [];
  const add = (transition: TransitionDefinition): void => {
    if (isAllowed(transition, transitions, steps)) transitions.push(transition);
  };
  for (const { from: start, span, way, ancestor } of sketches) {
    const from = start % steps.length;
    const source = at(ancestorsOf(idOf(from), transitions), ancestor);
    if (from + span < steps.length) {
      add({ from: idOf(from), to: idOf(from + span), ...wayOf(way, idOf(from), source) });
    }
  }
  for (const { end, header, way, ancestor, max_iterations, fails } of loops) {
    const from = idOf(end % steps.length);
    const before = ancestorsOf(
      from,
      transitions.filter(({ loop }) => loop === undefined),
    );
    const loop = { max_iterations, ...(fails ? { on_exhausted: 'fail' as const } : {}) };
    add({ from, to: at(before, header), ...wayOf(way, from, at(before, ancestor)), loop });
  }
  return transitions;
};

const isAllowed = (
  transition: TransitionDefinition,
  others: readonly TransitionDefinition[],
  steps: readonly StepDefinition[],
): boolean => {
  const source = steps.find(({ id }) => id === transition.from);
  const isTwin = (other: TransitionDefinition): boolean =>
    other.from === transition.from &&
    other.on === transition.on &&
    ((other.default === true && transition.default === true) ||
      (other.to === transition.to && JSON.stringify(other.condition) === JSON.stringify(transition.condition)));
  return source?.uses !== 'core.end' && !others.some(isTwin) && areNested(loopsOf([...others, transition]));
};

const toNext = (_step: StepDefinition, index: number): TransitionSketch => ({
  from: index,
  span: 1,
  way: 'plain',
  ancestor: 0,
});

const toCase = (input: {
  readonly sketches: readonly StepSketch[];
  readonly isChained: boolean;
  readonly edges: readonly TransitionSketch[];
  readonly loops: readonly LoopSketch[];
  readonly flow: FlowSketch;
}): ReferenceCase => {
  const { sketches, isChained, edges, loops, flow } = input;
  const steps = sketches.map((sketch, index) => toStep(sketch, index, sketches.length));
  const transitions = toTransitions(steps, [...(isChained ? steps.map(toNext) : []), ...edges], loops);
  const isSource = (id: string): boolean => !transitions.some(({ to, loop }) => to === id && loop === undefined);
  for (const step of steps) {
    const ways = transitions.filter(({ to, loop }) => to === step.id && loop === undefined).length;
    if (typeof step.join === 'object' && step.join.at_least > ways) step.join = 'any';
  }
  const sources = steps.map(({ id }) => id).filter(isSource);
  const definition: PipelineDefinition = {
    name: 'random',
    steps,
    flow: {
      transitions,
      ...(flow.extraStart === undefined
        ? {}
        : { start_at: [...new Set([...sources, idOf(flow.extraStart % steps.length)])] }),
      ...(flow.compensates ? { on_failure: 'compensate' as const } : {}),
      ...(flow.deadline === undefined
        ? {}
        : { max_duration: msText(flow.deadline, 'run'), on_budget: 'fail' as const }),
    },
    outputs: Object.fromEntries(steps.map(({ id }) => [id, `{{ steps.${id}.status }}`])),
  };
  const script = sketches.flatMap(({ outcomes: work, undoing }, index) => [
    [idOf(index), work],
    [`${idOf(index)}:compensate`, undoing],
  ]);
  return { definition, script: Object.fromEntries(script) };
};

/** Pipelines with joins, dead paths, loops within loops, maps within maps, errors, limits and cancellations. */
export const arbitraryCase: fc.Arbitrary<ReferenceCase> = fc
  .record({
    sketches: fc.array(stepSketch, { minLength: 1, maxLength: 9, size: 'max' }),
    isChained: fc.boolean(),
    edges: fc.array(transitionSketch, { maxLength: 14, size: 'max' }),
    loops: fc.array(loopSketch, { maxLength: 4, size: 'max' }),
    flow: flowSketch,
  })
  .map(toCase);
