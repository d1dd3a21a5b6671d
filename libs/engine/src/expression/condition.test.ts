import type { Json } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import type { ConditionOperator } from '../definition/schema.ts';
import { compileCondition } from './condition.ts';
import type { Scope } from './expression.ts';

const scope: Scope = {
  parameters: { on: true, level: 3, 'odd name': 'x' },
  steps: { a: { output: { n: 5, text: 'hello', list: [1, { k: 'v' }], object: { key: 1 }, nothing: null } } },
  run: {},
  trigger: {},
  iteration: 0,
  iteration_path: [],
};

const holds = (field: string, operator: ConditionOperator, value?: Json): boolean =>
  compileCondition({ type: 'expression', source: `steps.a.output.${field}`, operator, value }).holds(scope);

it.each<[string, ConditionOperator, Json, boolean]>([
  ['n', 'equals', 5, true],
  ['n', 'not_equals', 5, false],
  ['n', 'greater_than', 4, true],
  ['n', 'greater_or_equal', 5, true],
  ['n', 'less_than', 5, false],
  ['n', 'less_or_equal', 5, true],
  ['text', 'greater_than', 'hallo', true],
  ['text', 'less_than', 'hallo', false],
  ['text', 'less_or_equal', 'hello', true],
  ['text', 'contains', 'ell', true],
  ['text', 'not_contains', 'ell', false],
  ['text', 'starts_with', 'he', true],
  ['text', 'ends_with', 'lo', true],
  ['text', 'matches', '^h.*o$', true],
  ['list', 'contains', { k: 'v' }, true],
  ['list', 'contains', { k: 'w' }, false],
  ['list', 'equals', [1, { k: 'v' }], true],
  ['list', 'equals', [1], false],
  ['list', 'equals', { 0: 1 }, false],
  ['object', 'contains', 'key', true],
  ['object', 'equals', { key: 1 }, true],
  ['object', 'equals', { other: 1 }, false],
  ['object', 'equals', { key: 1, more: 2 }, false],
  ['nothing', 'equals', null, true],
  ['n', 'in', [1, 5], true],
  ['n', 'not_in', [1, 5], false],
])('%s %s %j is %s', (field, operator, value, expected) => {
  expect(holds(field, operator, value)).toBe(expected);
});

it('asks for existence without reading the value', () => {
  expect(holds('missing', 'exists')).toBe(false);
  expect(holds('missing', 'not_exists')).toBe(true);
  expect(holds('n', 'exists')).toBe(true);
});

describe('what does not fit is an error, never false', () => {
  it.each<[string, ConditionOperator, Json]>([
    ['missing', 'equals', 1],
    ['text', 'greater_than', 3],
    ['nothing', 'less_than', 3],
    ['n', 'contains', 1],
    ['n', 'matches', 'x'],
    ['n', 'ends_with', 'x'],
    ['nothing', 'contains', 'x'],
    ['list', 'starts_with', 'x'],
  ])('%s %s %j', (field, operator, value) => {
    expect(() => holds(field, operator, value)).toThrow(expect.objectContaining({ code: 'IA_EXPRESSION_FAILED' }));
  });

  it('refuses a pattern that can not be read before it runs', () => {
    expect(() => compileCondition({ type: 'expression', source: 'run.id', operator: 'matches', value: '(' })).toThrow(
      expect.objectContaining({ code: 'IA_EXPRESSION_INVALID' }),
    );
  });

  it.each<[ConditionOperator, Json | undefined, string]>([
    ['equals', undefined, 'needs a value'],
    ['exists', true, 'takes no value'],
    ['in', 5, 'needs a list'],
    ['not_in', 'text', 'needs a list'],
    ['greater_than', true, 'needs a number or a text'],
    ['less_or_equal', null, 'needs a number or a text'],
    ['matches', 5, 'needs a text'],
    ['starts_with', ['x'], 'needs a text'],
  ])('refuses %s with %j before it runs', (operator, value, message) => {
    const condition = { type: 'expression', source: 'steps.a.output.n', operator, value } as const;
    expect(() => compileCondition(condition)).toThrow(
      expect.objectContaining({ code: 'IA_EXPRESSION_INVALID', message: expect.stringContaining(message) as string }),
    );
  });

  it('names what was compared', () => {
    expect(() => holds('text', 'greater_than', 3)).toThrow(
      'a text and a number have no order in `steps.a.output.text greater_than 3`',
    );
    expect(() => holds('missing', 'equals', 1)).toThrow('No such key: missing');
  });

  it('refuses a text condition that is not true or false', () => {
    expect(() => compileCondition('1 + 1')).toThrow('must be true or false');
    expect(() => compileCondition('steps.a.output.n').holds(scope)).toThrow('instead of true or false');
  });
});

it('reads parameters, by default as a switch', () => {
  expect(compileCondition({ type: 'parameter', name: 'on' }).holds(scope)).toBe(true);
  expect(compileCondition({ type: 'parameter', name: 'level', operator: 'greater_than', value: 2 }).holds(scope)).toBe(
    true,
  );
  expect(compileCondition({ type: 'parameter', name: 'odd name', value: 'x' }).holds(scope)).toBe(true);
});

it('combines conditions', () => {
  const yes = { type: 'always' } as const;
  const no = { type: 'not', condition: yes } as const;
  const isOn = { type: 'parameter', name: 'on' } as const;
  expect(compileCondition({ type: 'all', conditions: [yes, isOn] }).holds(scope)).toBe(true);
  expect(compileCondition({ type: 'all', conditions: [yes, no] }).constant).toBe(false);
  expect(compileCondition({ type: 'any', conditions: [no, isOn] }).holds(scope)).toBe(true);
  expect(compileCondition({ type: 'any', conditions: [no, isOn] }).constant).toBeUndefined();
  expect(compileCondition({ type: 'default' }).holds(scope)).toBe(true);
  expect(compileCondition('1 == 1').constant).toBe(true);
  expect(compileCondition('1 / 0 == 1').constant).toBeUndefined();
});

describe('conditions of plugins', () => {
  it('are listed in order, nested ones too, and answered by that order', () => {
    const plugin = (name: string) => ({ type: 'plugin', plugin: name }) as const;
    const condition = compileCondition({
      type: 'any',
      conditions: [
        { type: 'all', conditions: [plugin('a.one'), { type: 'parameter', name: 'on' }] },
        { type: 'not', condition: plugin('b.two') },
        plugin('c.three'),
      ],
    });
    expect(condition.plugins.map(({ uses }) => uses)).toEqual(['a.one', 'b.two', 'c.three']);
    expect(condition.holds(scope, [true, true, false])).toBe(true);
    expect(condition.holds(scope, [false, true, false])).toBe(false);
    expect(condition.holds(scope, [false, false, false])).toBe(true);
    expect(condition.holds(scope, [false, true, true])).toBe(true);
    expect(condition.constant).toBeUndefined();
  });

  it('have templates in their configuration', () => {
    const condition = compileCondition({
      type: 'plugin',
      plugin: 'a.one',
      config: { limit: '{{ steps.a.output.n }}', text: 'level {{ parameters.level }}' },
    });
    expect(condition.stepIds).toEqual(['a']);
    expect(condition.expressions).toHaveLength(2);
    expect(condition.plugins[0]?.config.render(scope)).toEqual({ limit: 5, text: 'level 3' });
  });

  it('are named by their package when an alias is given', () => {
    const condition = { type: 'not', condition: { type: 'plugin', plugin: 'sky.is-sunny' } } as const;
    const { plugins } = compileCondition(condition, { sky: '@community/weather@^1.2.0' });
    expect(plugins.map(({ uses }) => uses)).toEqual(['@community/weather#is-sunny']);
  });

  it('may name secrets, and no run goes on without their answer', () => {
    const config = { token: '{{ secrets.TOKEN }}' };
    const { plugins } = compileCondition({ type: 'plugin', plugin: 'a.one', config });
    expect(plugins.map((plugin) => plugin.config.secretNames)).toEqual([['TOKEN']]);
    expect(() => compileCondition({ type: 'plugin', plugin: 'a.one' }).holds(scope)).toThrow('was not answered');
  });
});
