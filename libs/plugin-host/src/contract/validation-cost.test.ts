import { describe, expect, it } from 'vitest';
import { validationCost } from './validation-cost.ts';

const alternatives = (count: number) => Array.from({ length: count }, (_, index) => ({ const: index }));

describe('validationCost', () => {
  it('is nothing where a schema has one way only', () => {
    const schema = { type: 'object', properties: { a: { type: 'array', items: { type: 'string' } } } };
    expect(validationCost(schema, { a: ['x', 'y'] })).toBe(0);
  });

  it('grows with alternatives and with elements', () => {
    const value = Array.from({ length: 99 }, () => 1);
    expect(validationCost({ items: { anyOf: alternatives(20) } }, value)).toBe(2_000);
    expect(validationCost({ items: { enum: Array.from({ length: 100 }, (_, i) => i) } }, value)).toBeCloseTo(500);
    const referred = {
      $defs: { a: { anyOf: alternatives(10) } },
      items: { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] },
    };
    expect(validationCost(referred, value)).toBe(2_200);
  });

  it('has no end for a schema that refers to itself', () => {
    expect(validationCost({ anyOf: [{ $ref: '#/anyOf/0' }] }, 1)).toBe(Infinity);
  });
});
