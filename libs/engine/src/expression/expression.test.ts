import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { compileExpression, evaluateNumber, type Scope } from './expression.ts';

const scope: Scope = {
  parameters: { threshold: 0.8, name: 'Ada' },
  steps: {
    a: {
      status: 'succeeded',
      output: {
        count: 3,
        list: [1, 2, 3],
        text: 'abc',
        nothing: null,
        big: Array.from({ length: 1_000 }, (_, i) => i),
      },
    },
    'slow-branch': { status: 'skipped' },
  },
  run: { id: 'r1' },
  trigger: {},
  iteration: 2,
  iteration_path: [1, 2],
};

const evaluate = (source: string): Json => compileExpression(source).evaluate(scope);

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof PlatformError) return error.code;
    throw error;
  }
  return 'none';
};

it.each<[string, Json]>([
  ['steps.a.output.count + 1', 4],
  ['steps.a.output.count % 2 == 1', true],
  ['1 + steps.a.output.count * 2', 7],
  ['1 + steps.a.output.count == 4', true],
  ['1 + steps.a.output.count != 4', false],
  ['4 == 1 + steps.a.output.count', true],
  ['10 - steps.a.output.count == 7', true],
  ['[1 + steps.a.output.count] == [4]', true],
  ['1 + steps.a.output.count in [4, 5]', true],
  ['steps.a.output.list[2 - steps.a.output.count + 2]', 2],
  ['size(steps.a.output.list) * 1.0 == 3', true],
  ['size(steps.a.output.list) / 2.0 == 1.5', true],
  ['size(steps.a.output.list) != 3.5', true],
  ['2 * parameters.threshold > 1', true],
  ['steps.a.output.count / 2', 1.5],
  ['7 / 2', 3],
  ['iteration % 2 == 0', true],
  ['steps.a.output.list.map(x, x * 2)', [2, 4, 6]],
  ['steps.a.output.list.filter(x, x > 1).size()', 2],
  ['(steps.a.output.list).exists(x, x == 2)', true],
  ['has(steps.a.output.missing)', false],
  ['has(steps["slow-branch"].output) ? 1 : 0', 0],
  ['has((steps["a"]).output.count)', true],
  ['has(steps.a.output["count"])', true],
  ['has(steps.a.output.list[2]) && !has(steps.a.output.list[3])', true],
  ['has(steps["a"].output.nothing.deeper)', false],
  ['steps.a.output.exists(key, key == "count")', true],
  ['{"k": 1}.all(key, key == "k")', true],
  ['steps.a.output.nothing == null', true],
  ['steps.a.output.text.matches("^a.c$")', true],
  ['(steps.a.output.text + "x").matches("x$") && "y".matches("y")', true],
  ['{"n": steps.a.output.count, "l": [1, "two"]}', { n: 3, l: [1, 'two'] }],
  ['timestamp("2024-01-01T00:00:00Z")', '2024-01-01T00:00:00.000Z'],
  ['"Hello " + parameters.name', 'Hello Ada'],
])('evaluates %s', (source, expected) => {
  expect(evaluate(source)).toEqual(expected);
});

it.each(['foo', '1 +', 'steps.slow-branch.output', '"a" - 1', 'unknown(1)'])('refuses %s before it runs', (source) => {
  expect(codeOf(() => compileExpression(source))).toBe('IA_EXPRESSION_INVALID');
});

it.each([
  ['steps.a.output.missing', 'IA_EXPRESSION_FAILED'],
  ['steps.a.output.text > 3', 'IA_EXPRESSION_FAILED'],
  ['steps.a.output.constructor', 'IA_EXPRESSION_FAILED'],
  ['9223372036854775807', 'IA_EXPRESSION_FAILED'],
  ['duration("1h")', 'IA_EXPRESSION_FAILED'],
  ['1.0 / 0.0', 'IA_EXPRESSION_FAILED'],
  ['has(steps["unknown"].output)', 'IA_EXPRESSION_FAILED'],
  ['steps.a.output.count.all(x, x > 0)', 'IA_EXPRESSION_FAILED'],
  ['"a".matches("(")', 'IA_EXPRESSION_FAILED'],
  ['steps.a.output.big.all(x, steps.a.output.big.all(y, x + y >= 0))', 'IA_EXPRESSION_LIMIT'],
])('fails on %s when it runs', (source, code) => {
  const expression = compileExpression(source);
  expect(codeOf(() => expression.evaluate(scope))).toBe(code);
});

it.each([
  ['parameter.url', "Did you mean 'parameters'?"],
  ['open', 'Write a text in quotes ("open"), a parameter as parameters.open, an output as steps.<id>.output.open.'],
  ['parameters.n = 5', 'Compare with ==.'],
  ['parameters.a and parameters.b', 'Write && for and, || for or, ! for not.'],
  ['not parameters.a', 'Write && for and, || for or, ! for not.'],
  ['{{ parameters.n }}', 'An expression stands without braces here.'],
  ['', 'Write an expression.'],
  ['parameters.n +', undefined],
])('hints at what %j was meant to be', (source, hint) => {
  expect(() => compileExpression(source)).toThrow(expect.objectContaining({ code: 'IA_EXPRESSION_INVALID', hint }));
});

it('hints at the way out', () => {
  const hintOf = (action: () => unknown): string | undefined => {
    try {
      action();
    } catch (error) {
      return error instanceof PlatformError ? error.hint : undefined;
    }
    return undefined;
  };
  expect(hintOf(() => evaluate('steps.a.output.missing'))).toContain('has(');
  expect(hintOf(() => compileExpression('steps.slow-branch.output'))).toContain('steps["my-step"]');
});

describe('limits', () => {
  it('bounds length, nesting and comprehensions', () => {
    expect(codeOf(() => compileExpression(`1${' + 1'.repeat(2_000)}`))).toBe('IA_EXPRESSION_LIMIT');
    expect(codeOf(() => compileExpression(`${'('.repeat(40)}1${')'.repeat(40)}`))).toBe('IA_EXPRESSION_LIMIT');
    expect(codeOf(() => compileExpression('[1].map(a, [1].map(b, [1].map(c, c)))'))).toBe('IA_EXPRESSION_LIMIT');
  });

  it('matches in linear time where a backtracking engine would hang', () => {
    expect(
      compileExpression('parameters.text.matches("^(a+)+$")').evaluate({
        ...scope,
        parameters: { text: `${'a'.repeat(5_000)}!` },
      }),
    ).toBe(false);
    expect(codeOf(() => evaluate(`"a".matches("${'a'.repeat(600)}")`))).toBe('IA_EXPRESSION_LIMIT');
  });

  it('keeps compiling patterns right when their cache is full', () => {
    const results = Array.from({ length: 300 }, (_, index) => evaluate(`"v${index}".matches("^v${index}$")`));
    expect(results.every((result) => result === true)).toBe(true);
  });
});

it('knows what it reads', () => {
  const { references } = compileExpression(
    'has(steps.a.output.x) && steps["slow-branch"].status == "skipped" && parameters.name == run.id',
  );
  expect([...references.stepIds].sort()).toEqual(['a', 'slow-branch']);
  expect(references.steps.every(({ isGuard }) => isGuard)).toBe(true);
  expect(references.parameters).toEqual(['name']);
  expect(references.hasDynamicStep).toBe(false);
  expect(compileExpression('steps[parameters.name].output').references.hasDynamicStep).toBe(true);
  expect(compileExpression('steps.a').references.steps[0]?.field).toBeNull();
});

describe('the roots of a mapped step', () => {
  const ofItem: Scope = {
    ...scope,
    item: { price: 3 },
    index: 1,
    item_path: [{ id: 'o' }, { price: 3 }],
    index_path: [0, 1],
  };
  const evaluateItem = (source: string): Json => compileExpression(source).evaluate(ofItem);

  it('are read like others', () => {
    expect(evaluateItem('item.price + index')).toBe(4);
    expect(evaluateItem('item_path[0].id + string(index_path[1])')).toBe('o1');
    expect([...compileExpression('item.price + index').references.roots].sort()).toEqual(['index', 'item']);
  });

  it('are missing elsewhere', () => {
    expect(codeOf(() => evaluate('item.price'))).toBe('IA_EXPRESSION_FAILED');
    expect(codeOf(() => evaluate('index'))).toBe('IA_EXPRESSION_FAILED');
  });

  it('are hidden by a variable of the same name', () => {
    const expression = compileExpression(
      'steps.a.output.list.map(item, item * 2).exists(steps, steps == parameters.name)',
    );
    expect([...expression.references.roots].sort()).toEqual(['parameters', 'steps']);
    expect(expression.references.hasDynamicStep).toBe(false);
    expect(evaluate('steps.a.output.list.map(item, item * 2)')).toEqual([2, 4, 6]);
    expect([...compileExpression('cel.bind(item, 2, item + 1)').references.roots]).toEqual([]);
    expect([...compileExpression('cel.bind(item, item, item + 1)').references.roots]).toEqual(['item']);
  });
});

it('refuses secrets, with a way out', () => {
  expect(codeOf(() => compileExpression('secrets.token'))).toBe('IA_PIPELINE_SECRET');
});

it('gives rewards as finite numbers or not at all', () => {
  const numberOf = (source: string): number | undefined => evaluateNumber(compileExpression(source), scope);
  expect(numberOf('steps.a.output.count / 2')).toBe(1.5);
  expect(numberOf('-3')).toBe(-3);
  for (const source of ['steps.a.output.missing', '1.0 / 0.0', '"3"', 'null', 'true', '[1]']) {
    expect(numberOf(source)).toBeUndefined();
  }
});
