import {
  type PipelineDefinition,
  type StepDefinition,
  type TransitionDefinition,
  validatePipeline,
} from '@ia-modules/engine';
import * as fc from 'fast-check';

const QUICK_RETRY = { max_attempts: 3, initial_delay: '1ms', max_delay: '2ms' } as const;
const MAX_STEPS = 7;

const stepSketch = fc.record({
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant('effect' as const) },
    { weight: 1, arbitrary: fc.constant('noop' as const) },
    { weight: 2, arbitrary: fc.constant('wait' as const) },
  ),
  value: fc.nat(9),
  failures: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) },
  ),
  refuses: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  continues: fc.boolean(),
  isCompensated: fc.boolean(),
  items: fc.option(fc.array(fc.nat(9), { maxLength: 4 }), { freq: 4, nil: undefined }),
  maxParallel: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  waitMs: fc.integer({ min: 0, max: 20 }),
});
type StepSketch = typeof stepSketch extends fc.Arbitrary<infer T> ? T : never;

const transitionSketch = fc.record({
  from: fc.nat(MAX_STEPS),
  span: fc.integer({ min: 1, max: 3 }),
  way: fc.constantFrom('plain', 'plain', 'large', 'default', 'error'),
});
type TransitionSketch = typeof transitionSketch extends fc.Arbitrary<infer T> ? T : never;

const loopSketch = fc.record({
  to: fc.nat(MAX_STEPS),
  length: fc.integer({ min: 0, max: 2 }),
  rounds: fc.integer({ min: 2, max: 3 }),
});
type LoopSketch = typeof loopSketch extends fc.Arbitrary<infer T> ? T : never;

const idOf = (position: number): string => `s${position}`;

const toStep = (sketch: StepSketch, position: number): StepDefinition => {
  const { kind, value, failures, refuses, continues, isCompensated, items, maxParallel, waitMs } = sketch;
  const id = idOf(position);
  if (kind === 'wait') return { id, uses: 'core.wait', with: { duration: `${waitMs}ms` } };
  if (kind === 'noop') return { id, uses: 'core.noop', with: { value } };
  const mapping = { items: items ?? [], ...(maxParallel === undefined ? {} : { max_parallel: maxParallel }) };
  return {
    id,
    uses: 'chaos.effect',
    with: { value: items === undefined ? value : '{{ item }}', failures, refuses },
    ...(failures > 0 ? { retry: QUICK_RETRY } : {}),
    ...(continues ? { on_error: 'continue' as const } : {}),
    ...(isCompensated ? { compensate: { uses: 'chaos.effect', with: { value: `undo ${id}` } } } : {}),
    ...(items === undefined ? {} : { for_each: mapping }),
  };
};

const wayOf = (way: TransitionSketch['way'], from: string): Partial<TransitionDefinition> => {
  if (way === 'error') return { on: 'error' };
  if (way === 'default') return { default: true };
  if (way === 'large') return { condition: `has(steps.${from}.output.value) && steps.${from}.output.value > 4` };
  return {};
};

const toTransitions = (count: number, sketches: readonly TransitionSketch[], loop: LoopSketch | undefined) => {
  const ways = new Map<string, TransitionDefinition>();
  for (const { from: start, span, way } of sketches) {
    const from = start % count;
    if (from + span >= count) continue;
    // A pair of steps is tied together once, and a step has one way by default.
    const key = way === 'default' ? `${from} default` : `${from}->${from + span}`;
    ways.set(key, { from: idOf(from), to: idOf(from + span), ...wayOf(way, idOf(from)) });
  }
  const transitions = [...ways.values()];
  if (loop === undefined) return transitions;
  const to = loop.to % count;
  const from = Math.min(to + loop.length, count - 1);
  return [...transitions, { from: idOf(from), to: idOf(to), loop: { max_iterations: loop.rounds } }];
};

const isValid = (definition: PipelineDefinition): boolean => validatePipeline(definition).definition !== undefined;

/**
 * Pipelines that come to the same end in whatever order their steps happen to end: what they come to in memory is what they
 * must come to anywhere.
 */
export const arbitraryPipeline: fc.Arbitrary<PipelineDefinition> = fc
  .record({
    sketches: fc.array(stepSketch, { minLength: 2, maxLength: MAX_STEPS, size: 'max' }),
    ways: fc.array(transitionSketch, { minLength: 2, maxLength: 10, size: 'max' }),
    loop: fc.option(loopSketch, { freq: 2, nil: undefined }),
    compensates: fc.boolean(),
  })
  .map(
    ({ sketches, ways, loop, compensates }): PipelineDefinition => ({
      name: 'random',
      steps: sketches.map(toStep),
      flow: {
        transitions: toTransitions(sketches.length, ways, loop),
        ...(compensates ? { on_failure: 'compensate' as const } : {}),
      },
      outputs: Object.fromEntries(
        sketches.map((_, position) => [
          idOf(position),
          { status: `{{ steps.${idOf(position)}.status }}`, attempts: `{{ steps.${idOf(position)}.attempts }}` },
        ]),
      ),
    }),
  )
  .filter(isValid);
