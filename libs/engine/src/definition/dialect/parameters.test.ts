import { describe, expect, it } from 'vitest';
import { declareInputs, rewriteParameters } from './parameters.ts';
import { RewriteLog } from './rewrite-log.ts';

const parametersOf = (parameters: unknown): unknown => rewriteParameters(parameters, new RewriteLog());

describe('parameters', () => {
  it('are one schema', () => {
    expect(
      parametersOf([
        { name: 'n', schema: { type: 'int', minimum: 0 }, required: true, description: 'How many' },
        { name: 'kind', type: 'string', required: true, default: 'a' },
        { name: 'more' },
      ]),
    ).toEqual({
      type: 'object',
      properties: {
        n: { type: 'integer', minimum: 0, description: 'How many' },
        kind: { type: 'string', default: 'a' },
        more: {},
      },
      required: ['n'],
    });
  });

  it('may be a map of defaults or schemas', () => {
    expect(parametersOf({ topic: 'news', limit: { type: 'int', required: true } })).toEqual({
      type: 'object',
      properties: { topic: { default: 'news' }, limit: { type: 'integer' } },
      required: ['limit'],
    });
  });

  it('stay when they are a schema already', () => {
    const schema = { type: 'object', properties: { n: {} } };
    expect(parametersOf(schema)).toBe(schema);
    expect(parametersOf([])).toBeUndefined();
  });

  it('gain what is read as pipeline_input', () => {
    const log = new RewriteLog();
    const schema = { type: 'object', properties: { n: { type: 'string' } } };
    expect(declareInputs(schema, new Set(['n', 'm']), log)).toEqual({
      type: 'object',
      properties: { n: { type: 'string' }, m: {} },
    });
    expect(declareInputs(undefined, new Set(['m']), log)).toEqual({ type: 'object', properties: { m: {} } });
    expect(declareInputs(schema, new Set(['n']), log)).toBe(schema);
    expect(log.rewrites.map(({ path }) => path)).toEqual([['parameters'], []]);
  });

  it('stay a list when two have one name', () => {
    const parameters = [{ name: 'n' }, { name: 'n' }];
    const log = new RewriteLog();
    expect(rewriteParameters(parameters, log)).toBe(parameters);
    expect(log.rewrites).toMatchObject([{ severity: 'error', path: ['parameters', 1, 'name'] }]);
  });

  it('with a schema that is none are reported', () => {
    const log = new RewriteLog();
    rewriteParameters([{ name: 'n', schema: 'string' }], log);
    expect(log.rewrites).toContainEqual(
      expect.objectContaining({ severity: 'error', path: ['parameters', 0, 'schema'] }),
    );
  });
});
