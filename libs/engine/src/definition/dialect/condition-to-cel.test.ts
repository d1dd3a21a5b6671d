import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../expression/condition.ts';
import type { ObjectCondition } from '../schema.ts';
import { conditionToCel, type DraftCondition } from './condition-to-cel.ts';

const scopeOf = (output: Record<string, unknown>) =>
  ({
    parameters: { fast: true, n: 2 },
    steps: { a: { status: 'succeeded', output } },
    run: {},
    trigger: {},
    iteration: 0,
    iteration_path: [],
  }) as Parameters<ReturnType<typeof compileCondition>['holds']>[0];

const compared = (operator: string, value?: unknown): ObjectCondition =>
  ({
    type: 'expression',
    source: 'steps.a.output.x',
    operator,
    ...(value === undefined ? {} : { value }),
  }) as ObjectCondition;

describe('a condition in CEL holds when its object does', () => {
  it.each<[ObjectCondition, unknown[]]>([
    [compared('equals', 2), [1, 2, '2']],
    [compared('not_equals', 2), [1, 2]],
    [compared('greater_than', 2), [1, 2, 3]],
    [compared('greater_or_equal', 2), [1, 2, 3]],
    [compared('less_than', 2), [1, 2, 3]],
    [compared('less_or_equal', 2), [1, 2, 3]],
    [compared('in', [1, 2]), [2, 3]],
    [compared('not_in', [1, 2]), [2, 3]],
    [compared('starts_with', 'a'), ['ab', 'ba']],
    [compared('ends_with', 'a'), ['ab', 'ba']],
    [compared('matches', '^a.$'), ['ab', 'abc']],
    [compared('exists'), [1, undefined]],
    [compared('not_exists'), [1, undefined]],
    [{ type: 'parameter', name: 'fast' }, [0]],
    [{ type: 'parameter', name: 'n', operator: 'less_than', value: 3 }, [0]],
    [{ type: 'always' }, [0]],
    [{ type: 'not', condition: compared('equals', 2) }, [1, 2]],
    [{ type: 'all', conditions: [compared('greater_than', 1), compared('less_than', 3)] }, [1, 2, 3]],
    [{ type: 'any', conditions: [compared('less_than', 2), compared('greater_than', 2)] }, [1, 2, 3]],
  ])('%j', (condition, values) => {
    const cel = conditionToCel(condition) ?? '';
    for (const value of values) {
      const scope = scopeOf(value === undefined ? {} : { x: value });
      expect(compileCondition(cel).holds(scope)).toBe(compileCondition(condition).holds(scope));
    }
  });
});

it('is undefined for what only an object can say', () => {
  const plugin: DraftCondition = { type: 'plugin', plugin: 'a.b' };
  for (const condition of [plugin, compared('contains', 'x'), compared('equals')] as DraftCondition[]) {
    expect(conditionToCel(condition)).toBeUndefined();
    expect(conditionToCel({ type: 'all', conditions: [{ type: 'cel', source: 'true' }, condition] })).toBeUndefined();
    expect(conditionToCel({ type: 'not', condition })).toBeUndefined();
  }
});
