import { describe, expect, it } from 'vitest';
import { compileJsonSchema } from './json-schema-validator.ts';
import { isAffordable } from './validation-cost.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index}`);
const listOf = <T>(count: number, item: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));
const empty = listOf(2_000, () => ({}));

describe('isAffordable', () => {
  it('takes large values where each part is looked at once', () => {
    const row = { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string', maxLength: 50 } } };
    const rows = listOf(50_000, (id) => ({ id, name: 'Ada' }));
    expect(isAffordable({ type: 'array', items: row }, rows)).toBe(true);
    expect(isAffordable({ type: 'string', pattern: 'a$', maxLength: 9_000_000 }, 'a'.repeat(8_000_000))).toBe(true);
    expect(isAffordable({ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'a'.repeat(8_000_000))).toBe(true);
    expect(isAffordable({ uniqueItems: true }, names(1_000))).toBe(true);
  });

  it.each([
    ['one error for each name that is missing', { items: { required: names(7_000) } }, empty],
    [
      'a default for each property that is missing',
      { items: { properties: Object.fromEntries(names(2_000).map((name) => [name, { default: 1 }])) } },
      empty,
    ],
    ['long defaults', { items: { properties: { a: { default: 'x'.repeat(60_000) } } } }, empty],
    [
      'many looks at a long text',
      { allOf: listOf(200, (index) => ({ pattern: `b${index}$` })) },
      'a'.repeat(1_000_000),
    ],
    [
      'comparisons of comparisons',
      { allOf: listOf(100, () => ({ uniqueItems: true, maxItems: 1_000 })) },
      listOf(1_000, (index) => `${'a'.repeat(7_900)}${index}`),
    ],
    [
      'comparisons of large items',
      { uniqueItems: true },
      listOf(1_000, (index) => listOf(190, (place) => (place === 0 ? index : 1))),
    ],
    ['alternatives for every item', { items: { anyOf: listOf(2_000, (value) => ({ const: value })) } }, names(1_000)],
    [
      'many patterns of names',
      { patternProperties: Object.fromEntries(names(1_000).entries()) },
      Object.fromEntries(names(9_000).entries()),
    ],
    ['schemas that refer to themselves', { anyOf: [{ $ref: '#/anyOf/0' }] }, 1],
  ])('refuses %s', (_, schema, value) => {
    expect(isAffordable(schema, value)).toBe(false);
  });

  it('follows references that recurse as deep as the value goes', () => {
    const tree = { $ref: '#/$defs/node', $defs: { node: { items: { $ref: '#/$defs/node' } } } };
    expect(isAffordable(tree, [[[], [[]]], []])).toBe(true);
  });
});

describe('a check that would cost too much', () => {
  it('is left out, and told', () => {
    const schema = { items: { required: names(7_000) } };
    expect(compileJsonSchema(schema).apply(empty)).toEqual([
      expect.objectContaining({ path: [], message: 'is too large for a schema of this size', isUnchecked: true }),
    ]);
  });

  it('is made all the same with a schema of the platform', () => {
    const schema = { items: { anyOf: listOf(500, (value) => ({ const: value })) } };
    expect(compileJsonSchema(schema).applyTrusted(listOf(600, (index) => index % 500))).toEqual([]);
  });
});

it('compiles what is referred to once, however often it is', () => {
  const seen = { count: 0 };
  const leaf = (place: number) => ({
    get minLength() {
      seen.count++;
      return place;
    },
  });
  const many = Object.fromEntries(names(100).map((name) => [name, { $ref: '#/$defs/a' }]));
  compileJsonSchema({ $defs: { a: { anyOf: listOf(20, leaf) } }, properties: many });
  expect(seen.count).toBeLessThan(1_000);
});

it('compiles equal schemas once, as those of a version that is read again and again', () => {
  const schema = () => ({ items: { maxLength: 7, description: 'of this test alone' } });
  expect(compileJsonSchema(schema())).toBe(compileJsonSchema(schema()));
});
