import type { Json } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { checkSize } from './check-size.ts';

const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);

const wide = (fields: number): Json =>
  Object.fromEntries(Array.from({ length: fields }, (_, index) => [`f${index}`, index]));

it('takes as many small objects as there may be values', () => {
  expect(checkSize(Array.from({ length: 40_000 }, () => ({ a: 1, b: 2 })))).toBe(120_001);
});

it('counts what a value holds', () => {
  expect(checkSize({ a: [1, 'two', { b: null }] })).toBe(6);
  expect(checkSize('text')).toBe(1);
});

it.each<[string, Json, object]>([
  ['too many values', Array.from({ length: 11 }, () => 1), { values: 10 }],
  ['too deep', nested(11), { depth: 10 }],
  ['too many characters', { ['k'.repeat(6)]: 'v'.repeat(5) }, { chars: 10 }],
  ['made of too large objects', [1, 2].map((first) => wide(first * 30_000)), {}],
])('refuses a value that is %s', (_, value, limits) => {
  expect(() => checkSize(value, limits)).toThrow(expect.objectContaining({ code: 'IA_PLUGIN_LIMIT' }));
});
