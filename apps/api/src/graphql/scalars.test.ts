import { parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { jsonOfLiteral, parseInstant, requireFinite } from './scalars.ts';

describe('DateTime', () => {
  it('reads ISO 8601 instants with their offset', () => {
    expect(parseInstant('2026-01-31T09:00:00+02:00').toISOString()).toBe('2026-01-31T07:00:00.000Z');
  });

  it.each([
    '2026-01-31',
    'tomorrow',
    '2026-13-01T00:00:00Z',
    '2027-02-30T00:00:00Z',
    '2026-02-29T09:00:00+02:00',
    1_800_000_000_000,
    null,
    '',
  ])('refuses %j', (value) => {
    expect(() => parseInstant(value)).toThrow(/ISO 8601/);
  });
});

describe('JSON', () => {
  it('reads literals of every kind', () => {
    const literal = parseValue(
      '{ text: "a", count: 1, ratio: 0.5, yes: true, none: null, list: [1, { deep: $name }] }',
    );
    expect(jsonOfLiteral(literal, { name: 'Ada' })).toEqual({
      text: 'a',
      count: 1,
      ratio: 0.5,
      yes: true,
      none: null,
      list: [1, { deep: 'Ada' }],
    });
  });

  it('keeps a key named __proto__ a plain key', () => {
    const value = jsonOfLiteral(parseValue('{ __proto__: { admin: true } }'), {});
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { readonly admin?: boolean }).admin).toBeUndefined();
  });

  it('refuses numbers that would not be kept, however deep', () => {
    expect(() => requireFinite(JSON.parse('{"a": [1, -1e400]}'))).toThrow(/too large/);
    expect(() => requireFinite(JSON.parse(`${'['.repeat(50_000)}1e999${']'.repeat(50_000)}`))).toThrow(/too large/);
    expect(requireFinite({ a: [1.5, null, 'Infinity'] })).toEqual({ a: [1.5, null, 'Infinity'] });
  });

  it('refuses enum values', () => {
    expect(() => jsonOfLiteral(parseValue('{ kind: BIG }'), {})).toThrow(/enum/);
  });
});
