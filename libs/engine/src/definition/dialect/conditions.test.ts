import { describe, expect, it } from 'vitest';
import { rewriteCondition } from './conditions.ts';
import { RewriteLog } from './rewrite-log.ts';

/** Rewrites a condition on a transition from step `a`. */
const rewrite = (condition: unknown) => {
  const log = new RewriteLog();
  const names = {
    stepIds: new Set(['a', 'b']),
    approvalIds: new Set<string>(),
    parameterNames: new Set<string>(),
    inputsRead: new Set<string>(),
  };
  const places = { source: ['condition'], target: ['condition'] };
  const rewritten = rewriteCondition(condition, places, {
    names,
    log,
    from: 'a',
    enabledPlugins: new Set(['weather']),
  });
  return {
    kind: rewritten.kind,
    condition: rewritten.kind === 'condition' ? rewritten.condition : undefined,
    problems: log.rewrites.filter(({ severity }) => severity === 'error').map(({ path }) => path.join('.')),
  };
};

describe('conditions', () => {
  it.each([
    [
      { type: 'expression', config: { source: 'a.ok', operator: 'equals', value: true } },
      { type: 'expression', source: 'steps.a.output.ok', operator: 'equals', value: true },
    ],
    [
      { type: 'expression', config: { source: 'result.score', operator: 'less_than_or_equal', value: 0.8 } },
      { type: 'expression', source: 'steps.a.output.score', operator: 'less_or_equal', value: 0.8 },
    ],
    [
      { type: 'threshold_condition', config: { field: 'score', operator: '>=', value: '{{ parameters.limit }}' } },
      'steps.a.output.score >= parameters.limit',
    ],
    [
      { type: 'plugin', plugin: 'threshold_condition', config: { field_path: 'a.score', threshold: 3 } },
      { type: 'expression', source: 'steps.a.output.score', operator: 'greater_or_equal', value: 3 },
    ],
    [
      { type: 'field_equals', field: 'ok', value: true },
      { type: 'expression', source: 'steps.a.output.ok', operator: 'equals', value: true },
    ],
    [
      { type: 'field_exists', field: 'ok' },
      { type: 'expression', source: 'steps.a.output.ok', operator: 'exists' },
    ],
    [
      { type: 'parameter', config: { parameter: 'fast' } },
      { type: 'parameter', name: 'fast' },
    ],
    [
      { type: 'plugin', plugin: 'business_hours', config: { zone: 'UTC' } },
      { type: 'plugin', plugin: 'business_hours.business_hours', config: { zone: 'UTC' } },
    ],
    [
      {
        type: 'not',
        condition: { type: 'any', conditions: [{ type: 'always' }, { type: 'field_equals', field: 'n', value: 1 }] },
      },
      {
        type: 'not',
        condition: {
          type: 'any',
          conditions: [
            { type: 'always' },
            { type: 'expression', source: 'steps.a.output.n', operator: 'equals', value: 1 },
          ],
        },
      },
    ],
    [
      {
        type: 'all',
        conditions: [
          { type: 'field_equals', field: 'n', value: '{parameters.n}' },
          { type: 'not', condition: { type: 'expression', config: { source: 'kind', operator: 'in', value: ['x'] } } },
          { type: 'parameter', config: { parameter: 'fast' } },
        ],
      },
      '(steps.a.output.n == parameters.n) && (!(steps.a.output.kind in ["x"])) && (parameters.fast == true)',
    ],
    ['result.n > 3', 'steps.a.output.n > 3'],
    ['{{ a.n > 3 }}', 'steps.a.output.n > 3'],
  ])('%j is %j', (written, expected) => {
    expect(rewrite(written).condition).toEqual(expected);
  });

  it('may say nothing', () => {
    for (const condition of [undefined, null, { type: 'always' }, { type: 'success' }])
      expect(rewrite(condition).kind).toBe('always');
    for (const type of ['default', 'else']) expect(rewrite({ type }).kind).toBe('default');
    for (const type of ['error', 'failure']) expect(rewrite({ type }).kind).toBe('on_error');
  });

  it('by the name of an enabled plugin are plugin conditions', () => {
    expect(rewrite({ type: 'weather', config: { sky: 'blue' } }).condition).toEqual({
      type: 'plugin',
      plugin: 'weather.weather',
      config: { sky: 'blue' },
    });
  });

  it.each([
    [{ type: 'custom', code: 'x' }, 'condition.code'],
    [{ type: 'agent' }, 'condition'],
    [{ type: 'condition', description: 'when it is good' }, 'condition'],
    [{ type: 'expression', config: { source: 'x', valeu: 3 } }, 'condition.config.valeu'],
    [{ type: 'field_equals', field: 'x', operator: 'contains', value: '{{ a.n }}' }, 'condition.value'],
    [{ type: 'all', conditions: [{ type: 'always' }, 3] }, 'condition.conditions.1'],
    [{ type: 'parameter', config: {} }, 'condition.config'],
  ])('%j stays and is reported', (condition, path) => {
    const { kind, problems } = rewrite(condition);
    expect(kind).toBe('unread');
    expect(problems).toEqual([path]);
  });
});
