import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PipelineDefinition, StepDefinition } from '../definition/schema.ts';
import { findAncestry } from './ancestry.ts';
import { findCertainOutputs } from './certain-outputs.ts';
import { findCycles } from './cycles.ts';
import { buildPipelineGraph } from './pipeline-graph.ts';

type Edge = readonly [from: number, to: number];

/** Transitions from each step to later ones, loops back to earlier ones. */
const edges = (backwards: boolean): fc.Arbitrary<Edge[]> =>
  fc
    .array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 24 })
    .map((pairs) =>
      pairs.filter(([a, b]) => backwards || a !== b).map(([a, b]): Edge => (backwards === a >= b ? [a, b] : [b, a])),
    );

const graphOf = (forward: readonly Edge[], loops: readonly Edge[] = [], extra: Record<number, object> = {}) => {
  const steps = Array.from(
    { length: 12 },
    (_, index): StepDefinition => ({ id: `s${index}`, uses: 'core.noop', ...extra[index] }),
  );
  const transitions = [
    ...forward.map(([from, to]) => ({ from: `s${from}`, to: `s${to}` })),
    ...loops.map(([from, to]) => ({ from: `s${from}`, to: `s${to}`, loop: { max_iterations: 2 } })),
  ];
  return buildPipelineGraph({ name: 'x', steps, flow: { transitions } } satisfies PipelineDefinition);
};

const ALL = Array.from({ length: 144 }, (_, index) => ({ step: Math.floor(index / 12), of: index % 12 }));

/** Every step that a walk of at least one transition leads from. */
const reaches = (all: readonly Edge[], of: number, step: number): boolean => {
  const seen = new Set<number>();
  const pending = [of];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for (const [from, to] of all) {
      if (from !== current || seen.has(to)) continue;
      seen.add(to);
      pending.push(to);
    }
  }
  return seen.has(step);
};

describe('which steps come before which', () => {
  it('is what a walk says, around loops too', () => {
    fc.assert(
      fc.property(edges(false), edges(true), (forward, loops) => {
        const answers = findAncestry(graphOf(forward, loops), ALL);
        for (const [index, { step, of }] of ALL.entries()) {
          const expected = reaches(forward, of, step)
            ? 'before'
            : reaches([...forward, ...loops], of, step)
              ? 'loop'
              : 'never';
          expect([step, of, answers[index]]).toEqual([step, of, expected]);
        }
      }),
    );
  });

  it('can not be said on a cycle', () => {
    expect(
      findAncestry(
        graphOf([
          [0, 1],
          [1, 0],
          [1, 2],
        ]),
        [{ step: 2, of: 0 }],
      ),
    ).toEqual(['unknown']);
  });
});

describe('certain outputs', () => {
  it('are those of steps on every way, when every transition has a condition', () => {
    fc.assert(
      fc.property(edges(false), (forward) => {
        // Joins of any take what a path says and no more.
        const extra = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [index, { join: 'any' }]));
        const answers = findCertainOutputs(graphOf(forward, [], extra)).before(ALL);
        for (const [index, { step, of }] of ALL.entries()) {
          const without = forward.filter(([from, to]) => from !== of && to !== of);
          const starts = Array.from({ length: 12 }, (_, start) => start).filter(
            (start) => start !== of && !forward.some(([, to]) => to === start),
          );
          const isAvoidable = starts.some((start) => start === step || reaches(without, start, step));
          const isOnEveryWay = reaches(forward, of, step) && !isAvoidable;
          expect([step, of, answers?.[index]]).toEqual([step, of, isOnEveryWay]);
        }
      }),
    );
  });

  const fork: readonly Edge[] = [
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
  ];
  const isThere = (extra: Record<number, object>, of = 1, step = 3): boolean | undefined =>
    findCertainOutputs(graphOf(fork, [], extra)).before([{ step, of }])?.[0];

  it('are also those that a join of all waits for', () => {
    expect(isThere({})).toBe(true);
    expect(isThere({ 3: { join: 'any' } })).toBe(false);
    expect(isThere({ 1: { on_error: 'continue' } })).toBe(false);
    expect(isThere({ 1: { on_error: 'continue', fallback: 1 } })).toBe(true);
    expect(isThere({ 0: { router: 'first_match' } })).toBe(false);
    expect(isThere({ 2: { cancels: ['s1'] } })).toBe(false);
  });

  it('are there where all ways of a choice meet again, whichever is taken', () => {
    const conditions = (condition?: string) =>
      (['1', '2'] as const).map((to) => ({ from: 's0', to: `s${to}`, ...(condition && { condition }) }));
    const meets = (
      extra: object,
      ways: readonly object[] = conditions(),
      more: Record<number, object> = {},
    ): boolean => {
      const steps = [0, 1, 2, 3].map(
        (index): StepDefinition => ({
          id: `s${index}`,
          uses: 'core.noop',
          ...(index === 3 ? { join: 'any' } : {}),
          ...(index === 0 ? extra : {}),
          ...more[index],
        }),
      );
      const rest = [
        { from: 's1', to: 's3' },
        { from: 's2', to: 's3' },
      ];
      const transitions = [...ways, ...rest] as { from: string; to: string }[];
      return findCertainOutputs(buildPipelineGraph({ name: 'x', steps, flow: { transitions } })).isThereAtEnd(3);
    };
    const asked = conditions('parameters.x');
    const withDefault = [...asked.slice(0, 1), { from: 's0', to: 's2', default: true }];
    expect(meets({ router: 'adaptive' })).toBe(true);
    expect(meets({ router: 'first_match' })).toBe(true);
    expect(meets({ router: 'first_match' }, asked)).toBe(false);
    expect(meets({ router: 'first_match', exhaustive: true }, asked)).toBe(true);
    expect(meets({ exhaustive: true }, asked)).toBe(true);
    expect(meets({ exhaustive: true, on_error: 'continue' }, asked)).toBe(false);
    expect(meets({}, withDefault)).toBe(true);
    expect(meets({}, [...withDefault, { from: 's0', to: 's2', on: 'error' }])).toBe(false);
    expect(meets({ router: 'adaptive' }, conditions(), { 3: { join: { at_least: 2 } } })).toBe(false);
    expect(meets({ router: 'adaptive' }, conditions(), { 2: { cancels: ['s1'] } })).toBe(false);
  });

  it('are there at the end for what always runs', () => {
    const { isThereAtEnd } = findCertainOutputs(graphOf(fork, [], { 2: { on_error: 'continue' } }));
    expect([0, 1, 2, 3].map(isThereAtEnd)).toEqual([true, true, false, true]);
    const canceled = findCertainOutputs(graphOf(fork, [], { 3: { join: 'any', cancel_rest: true } }));
    expect([1, 2, 3].map(canceled.isThereAtEnd)).toEqual([false, false, true]);
  });
});

describe('cycles', () => {
  it('are found however deep they lie', () => {
    const steps = Array.from({ length: 50_000 }, (_, index) => ({ id: `s${index}`, uses: 'core.noop' }));
    const transitions = steps.map(({ id }, index) => ({ from: id, to: `s${(index + 1) % steps.length}` }));
    const cycles = findCycles(buildPipelineGraph({ name: 'x', steps, flow: { transitions } }), 10);
    expect(cycles).toMatchObject([{ closedBy: { index: 49_999 } }]);
    expect(cycles[0]?.steps).toHaveLength(50_000);
  });
});
