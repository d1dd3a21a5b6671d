import type { Json } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { checkSize } from './check-size.ts';

const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);

it('counts what a value holds', () => {
  expect(checkSize({ a: [1, 'two', { b: null }] })).toBe(6);
  expect(checkSize('text')).toBe(1);
});

it.each<[string, Json, object]>([
  ['too many values', Array.from({ length: 11 }, () => 1), { values: 10 }],
  ['too deep', nested(11), { depth: 10 }],
  ['too many characters', { ['k'.repeat(6)]: 'v'.repeat(5) }, { chars: 10 }],
])('refuses a value that is %s', (_, value, limits) => {
  expect(() => checkSize(value, limits)).toThrow(expect.objectContaining({ code: 'IA_PLUGIN_LIMIT' }));
});
