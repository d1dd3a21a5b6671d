import type { StepDefinition, TransitionDefinition } from '@ia-modules/engine';
import * as fc from 'fast-check';
import { idOf, sometimes } from './arbitrary-step.ts';
import { areNested, closureOf, loopsOf } from './reference-loops.ts';

const anyWay = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Way>('plain') },
  { weight: 2, arbitrary: fc.constantFrom<Way>('even', 'odd') },
  { weight: 3, arbitrary: fc.constant<Way>('error') },
  { weight: 2, arbitrary: fc.constantFrom<Way>('default', 'early') },
  { weight: 2, arbitrary: fc.constantFrom<Way>('ancestor', 'error_even', 'unguarded') },
);
type Way = 'plain' | 'even' | 'odd' | 'unguarded' | 'early' | 'default' | 'error' | 'error_even' | 'ancestor';

export const transitionSketch = fc.record({
  from: fc.nat(30),
  span: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: fc.integer({ min: 2, max: 5 }) }),
  way: anyWay,
  ancestor: fc.nat(30),
});
export const loopSketch = fc.record({
  end: fc.nat(30),
  header: fc.nat(30),
  way: anyWay,
  ancestor: fc.nat(30),
  max_iterations: fc.integer({ min: 1, max: 3 }),
  fails: sometimes(2, fc.constant(true)),
});
export type TransitionSketch = typeof transitionSketch extends fc.Arbitrary<infer T> ? T : never;
export type LoopSketch = typeof loopSketch extends fc.Arbitrary<infer T> ? T : never;

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

/** Transitions that lead onward, then those that close loops, as far as the language allows them beside the others. */
export const toTransitions = (
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

/** To the next step. */
export const toNext = (_step: StepDefinition, index: number): TransitionSketch => ({
  from: index,
  span: 1,
  way: 'plain',
  ancestor: 0,
});
