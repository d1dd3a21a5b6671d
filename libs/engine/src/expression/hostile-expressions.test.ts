import { PlatformError, type Json } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { compileExpression, type Scope } from './expression.ts';
import { MAX_WORK, workDone } from './work-budget.ts';

const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index);
const keyed = (length: number): Record<string, number> =>
  Object.fromEntries(numbers(length).map((index) => [`key${index}`, index]));

const scope: Scope = {
  parameters: {
    list: numbers(100_000),
    copy: numbers(100_000),
    some: numbers(5_000),
    few: numbers(300),
    text: 'a'.repeat(1_000_000),
    same: 'a'.repeat(1_000_000),
    digits: '1'.repeat(5_000),
    object: keyed(20_000),
    objects: [keyed(20_000)],
    json: `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    date: '2024-01-01T00:00:00Z',
  },
  steps: {},
  run: {},
  trigger: {},
  iteration: 0,
  iteration_path: [],
};

/** The code that an expression ends with, and how much work it took. */
const attempt = (source: string): { readonly code: string; readonly work: number; readonly value?: Json } => {
  try {
    const expression = compileExpression(source);
    const value = expression.evaluate(scope);
    return { code: 'none', work: workDone(), value };
  } catch (error) {
    if (error instanceof PlatformError) return { code: error.code, work: workDone() };
    throw error;
  }
};

const doubled = (levels: number, join: (name: string) => string, first: string): string => {
  const names = numbers(levels).map((index) => `v${index}`);
  const bindings = names.map((name, index) => `cel.bind(${name}, ${index === 0 ? first : join(`v${index - 1}`)}, `);
  return `${bindings.join('')}${join(`v${levels - 1}`)}${')'.repeat(levels)}`;
};

describe('expressions built to take exponential time or space end at a limit', () => {
  it.each([
    ['comprehensions over all pairs', 'parameters.some.all(x, parameters.some.all(y, x + y >= 0))'],
    ['comprehensions one after another', `parameters.list${'.map(x, x)'.repeat(5)}`],
    ['a heavy body', `parameters.list.map(x, ${Array.from({ length: 300 }, () => 'x').join(' * ')})`],
    ['equality in a body', 'parameters.few.filter(x, parameters.list == parameters.copy)'],
    ['a search in a body', 'parameters.some.filter(x, x in parameters.list)'],
    ['objects compared with each other in a body', 'parameters.some.exists(x, parameters.object == {"a": x})'],
    ['the size of objects in a body', 'parameters.some.exists(x, size(parameters.object) == x + 0.5)'],
    ['objects searched for in a body', 'parameters.some.exists(x, parameters.object in [{}, {"a": 1}])'],
    [
      'objects searched for in a list',
      'parameters.object in parameters.few.map(x, {"a": x}) || parameters.object in parameters.some.map(x, {"a": x})',
    ],
    ['texts read in a body', 'parameters.some.filter(x, parameters.text.contains("b"))'],
    ['texts compared in a body', 'parameters.some.filter(x, parameters.text == parameters.same)'],
    ['patterns in a body', 'parameters.few.filter(x, parameters.text.matches("(a|b|ab)*c"))'],
    ['time zones in a body', 'parameters.list.map(x, timestamp(parameters.date).getHours("Europe/Berlin"))'],
    ['texts doubled', doubled(28, (name) => `${name} + ${name}`, 'parameters.text')],
    ['lists doubled', doubled(28, (name) => `${name} + ${name}`, 'parameters.list')],
    ['nested lists doubled', doubled(28, (name) => `[${name}, ${name}]`, '["x"]')],
    [
      'nested lists doubled and compared',
      `${doubled(26, (name) => `[${name}, ${name}]`, 'parameters.few')} == ${doubled(1, (name) => `[${name}]`, 'parameters.few')}`,
    ],
    ['objects doubled', doubled(28, (name) => `{"a": ${name}, "b": ${name}}`, '{"x": 1}')],
    ['a long sum of texts', Array.from({ length: 200 }, () => 'parameters.text').join(' + ')],
    ['a long sum of lists', Array.from({ length: 200 }, () => 'parameters.list').join(' + ')],
    ['one list named over and over', 'parameters.some.map(x, parameters.list)'],
    ['one text named over and over', 'parameters.some.map(x, parameters.text)'],
    ['a text split into characters', 'parameters.text.split("").map(x, x)'],
    ['a separator that repeats', 'parameters.some.map(x, "ab").join(parameters.text)'],
    ['deep JSON', 'bytes(parameters.json).json()'],
    ['the limit hidden by ||', 'parameters.some.all(x, parameters.some.all(y, true)) || true'],
    ['the limit hidden by exists', '[1, 2].exists(z, parameters.some.all(x, x in parameters.list))'],
  ])('%s', (_name, source) => {
    const { code, work } = attempt(source);
    expect(code).toBe('IA_EXPRESSION_LIMIT');
    // What goes beyond the budget is refused before it is done.
    expect(work).toBeLessThan(2 ** 31);
  });

  it.each([
    ['brackets', `${'('.repeat(2_000)}1${')'.repeat(2_000)}`],
    ['lists', `${'['.repeat(2_000)}${']'.repeat(2_000)}`],
    ['signs', `${'!'.repeat(4_000)}true`],
    ['minus signs', `${'-'.repeat(4_000)}1`],
    ['ternaries', `${'true ? 1 : '.repeat(300)}1`],
    ['fields', `parameters${'.a'.repeat(500)}`],
    ['calls', `${'size('.repeat(300)}"a"${')'.repeat(300)}`],
    ['three comprehensions', '[1].map(a, [1].map(b, [1].map(c, c)))'],
    ['many elements', `[${Array.from({ length: 2_000 }, () => '1').join(',')}]`],
    ['a text', `"${'a'.repeat(5_000)}"`],
  ])('of nesting: %s', (_name, source) => {
    expect(attempt(source).code).toBe('IA_EXPRESSION_LIMIT');
  });

  it('a duration that would take a backtracking reader hours', () => {
    expect(attempt('duration(parameters.digits) > duration("1s")').code).toBe('IA_EXPRESSION_FAILED');
  });

  it('an error that repeats what it got stays short', () => {
    let message = '';
    try {
      compileExpression('bool(parameters.text)').evaluate(scope);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('bool()');
    expect(message.length).toBeLessThan(1_000);
  });
});

describe('what is honest stays within the budget', () => {
  it.each([
    ['parameters.list.filter(x, x % 1000 == 0).size()', 100],
    ['parameters.list == parameters.copy', true],
    ['99999 in parameters.list', true],
    ['parameters.text == parameters.same && parameters.text.contains("aa")', true],
    ['parameters.text.matches("^(a+)+$")', true],
    ['size(parameters.text + parameters.same)', 2_000_000],
    ['parameters.some.map(x, string(x)).join(",").split(",").size()', 5_000],
    ['"a-b-c".split("-", 2)', ['a', 'b-c']],
    ['"a-b-c".split("-", 0)', []],
    ['"a-b-c".split("-", -1)', ['a', 'b', 'c']],
    ['bytes("{\\"a\\": [1]}").json()', { a: [1] }],
    ['parameters.few.exists(x, x == 299) && !("key" in parameters.object) && "key7" in parameters.object', true],
    ['parameters.some.filter(x, parameters.object != null && "key1" in parameters.object).size()', 5_000],
    ['parameters.few.all(x, parameters.objects != null && parameters.objects[0] != null)', true],
    ['timestamp(parameters.date).getHours("Europe/Berlin")', 1],
    ['duration("90s") > duration("1m")', true],
  ])('%s', (source, expected) => {
    const { value, work } = attempt(source);
    expect(value).toEqual(expected);
    expect(work).toBeLessThanOrEqual(MAX_WORK);
  });

  it('a path hands on what it leads to, however large', () => {
    const huge = numbers(1_100_000);
    const path = compileExpression('parameters.rows').evaluate({ ...scope, parameters: { rows: huge } });
    expect(path).toHaveLength(1_100_000);
  });

  it('looks no deeper into a value than its kind', () => {
    // Were the evaluator to look at what is in them, it would refuse this, and keep a type for every shape of value that it meets.
    const sum = compileExpression('parameters.numbers + parameters.texts');
    expect(sum.evaluate({ ...scope, parameters: { numbers: [1], texts: ['x'] } })).toEqual([1, 'x']);
  });

  it('keeps its own functions from authors', () => {
    for (const source of [
      'charge_visit([1], -1000)',
      'charge_read(1)',
      '"a".bounded_matches("a")',
      'check_duration("a")',
    ]) {
      expect(attempt(source).code).toBe('IA_EXPRESSION_INVALID');
    }
  });
});
