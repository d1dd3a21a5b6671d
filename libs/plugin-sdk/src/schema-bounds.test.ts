import { describe, expect, it } from 'vitest';
import { findSchemaProblems } from './schema-bounds.ts';

const pathsOf = (schema: unknown) => findSchemaProblems(schema).map(({ path }) => path.join('.'));

/** 2^levels parts when its references are replaced. */
const doubling = (levels: number) => ({
  $ref: '#/$defs/0',
  $defs: Object.fromEntries(
    Array.from<unknown, [string, object]>({ length: levels }, (_, level) => [
      String(level),
      { anyOf: [{ $ref: `#/$defs/${level + 1}` }, { $ref: `#/$defs/${level + 1}` }] },
    ]).concat([[String(levels), { anyOf: [{ type: 'string' }] }]]),
  ),
});

const nested = (levels: number): object => (levels === 0 ? {} : { properties: { a: nested(levels - 1) } });

describe('findSchemaProblems', () => {
  it.each([
    {},
    { type: ['string', 'null'], minLength: 1 },
    { type: 'array', items: { type: 'string' }, uniqueItems: true, maxItems: 1_000 },
    {
      $defs: { place: { type: 'object' } },
      properties: { from: { $ref: '#/$defs/place' }, to: { $ref: '#/$defs/place' } },
    },
    { properties: { $ref: { type: 'string' }, $id: {}, uniqueItems: true } },
    { enum: [{ $ref: 'https://example.com' }], const: { $id: 'x' }, default: { $ref: '#' } },
    { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': { type: 'number' } } },
    { additionalProperties: false, items: true, not: { type: 'null' } },
    nested(31),
    doubling(7),
  ])('lets %j be', (schema) => {
    expect(pathsOf(schema)).toEqual([]);
  });

  it.each([
    ['itself', { properties: { child: { $ref: '#' } } }, 'properties.child.$ref'],
    ['itself by a definition', { $defs: { list: { items: { $ref: '#/$defs/list' } } } }, '$defs.list.items.$ref'],
    [
      'itself in a circle',
      { $defs: { a: { $ref: '#/$defs/b' }, b: { not: { $ref: '#/$defs/a' } } } },
      '$defs.a.$ref.not.$ref',
    ],
    ['another document', { items: { $ref: 'https://example.com/schema.json' } }, 'items.$ref'],
    ['what is not there', { $ref: '#/$defs/none' }, '$ref'],
    ['a prototype', { $ref: '#/constructor' }, '$ref'],
    ['what can not be decoded', { $ref: '#/%' }, '$ref'],
  ])('refuses a reference to %s', (_, schema, path) => {
    expect(pathsOf(schema)).toEqual([path]);
  });

  it('refuses references that grow beyond the bound, in next to no time', () => {
    expect(findSchemaProblems(doubling(25))).toEqual([
      { path: [], message: expect.stringContaining('at most 20000 are allowed') as string },
      { path: [], message: expect.stringContaining('is nested') as string },
    ]);
    expect(pathsOf(doubling(13))).toEqual(['']);
  });

  it.each([
    [null, ''],
    [[], ''],
    [{ properties: { a: 1 } }, 'properties.a'],
    [{ properties: [] }, 'properties'],
    [{ anyOf: { a: 1 } }, 'anyOf'],
    [{ items: { type: 'text' } }, 'items.type'],
    [{ required: true }, 'required'],
    [{ enum: 'a' }, 'enum'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, '$schema'],
    [{ items: { $id: 'https://example.com' } }, 'items.$id'],
    [{ unknown: { $anchor: 'x' } }, 'unknown.$anchor'],
    [{ uniqueItems: true }, 'uniqueItems'],
    [{ uniqueItems: true, maxItems: 1_001 }, 'uniqueItems'],
    [{ description: 'x'.repeat(65_536) }, ''],
    [nested(32), ''],
  ])('refuses %j', (schema, path) => {
    expect(pathsOf(schema)).toEqual([path]);
  });

  it('stops telling after twenty problems', () => {
    const properties = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, 1]));
    expect(findSchemaProblems({ properties })).toHaveLength(20);
  });

  it('bounds schemas whose compilation takes the square of their parts', () => {
    const properties = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, {}]));
    const lists = [998, 1_000].map((count) => ({
      open: findSchemaProblems({ properties: properties(count), additionalProperties: false }),
      closed: findSchemaProblems({ properties: properties(count), unevaluatedProperties: false }),
    }));
    expect(lists[0]).toEqual({ open: [], closed: [] });
    expect(lists[1]).toEqual({ open: [], closed: [expect.objectContaining({ path: [] })] });
  });
});
