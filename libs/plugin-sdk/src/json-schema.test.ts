import { describe, expectTypeOf, it } from 'vitest';
import type { Json } from './json.ts';
import type { FilledFromJsonSchema, FromJsonSchema } from './json-schema.ts';

/** Gives the types of a literal, as a `define…` function sees it. */
const typesOf = <const S>(_schema: S) => ({
  accepted: undefined as unknown as FromJsonSchema<S>,
  filled: undefined as unknown as FilledFromJsonSchema<S>,
});

describe('FromJsonSchema', () => {
  it('knows single types and lists of types', () => {
    expectTypeOf(typesOf({ type: 'string' }).accepted).toEqualTypeOf<string>();
    expectTypeOf(typesOf({ type: 'integer' }).accepted).toEqualTypeOf<number>();
    expectTypeOf(typesOf({ type: ['string', 'null'] }).accepted).toEqualTypeOf<string | null>();
    expectTypeOf(typesOf({ type: 'number', nullable: true }).accepted).toEqualTypeOf<number | null>();
    expectTypeOf(typesOf({}).accepted).toEqualTypeOf<Json>();
    expectTypeOf(typesOf(true).accepted).toEqualTypeOf<Json>();
    expectTypeOf(typesOf(false).accepted).toEqualTypeOf<never>();
  });

  it('knows constants, enumerations and unions', () => {
    expectTypeOf(typesOf({ const: 'on' }).accepted).toEqualTypeOf<'on'>();
    expectTypeOf(typesOf({ type: 'string', enum: ['a', 'b'] }).accepted).toEqualTypeOf<'a' | 'b'>();
    expectTypeOf(typesOf({ anyOf: [{ type: 'string' }, { type: 'number' }] }).accepted).toEqualTypeOf<
      string | number
    >();
    expectTypeOf(typesOf({ oneOf: [{ const: 1 }, { type: 'null' }] }).accepted).toEqualTypeOf<1 | null>();
  });

  it('tells members of a union apart', () => {
    const shape = typesOf({
      oneOf: [
        { type: 'object', properties: { kind: { const: 'circle' }, radius: { type: 'number' } }, required: ['kind'] },
        { type: 'object', properties: { kind: { const: 'square' }, side: { type: 'number' } }, required: ['kind'] },
      ],
    }).accepted;
    type Circle = Extract<typeof shape, { readonly kind: 'circle' }>;
    expectTypeOf<Circle>().toEqualTypeOf<{ readonly kind: 'circle'; readonly radius?: number }>();
  });

  it('intersects what all of several schemas say', () => {
    const both = typesOf({
      allOf: [
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        { type: 'object', properties: { b: { type: 'number' } }, required: ['b'] },
      ],
    }).accepted;
    expectTypeOf<(typeof both)['a']>().toEqualTypeOf<string>();
    expectTypeOf<(typeof both)['b']>().toEqualTypeOf<number>();
  });

  it('makes required properties required, and no others', () => {
    const { accepted } = typesOf({
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city'],
      additionalProperties: false,
    });
    expectTypeOf(accepted).toEqualTypeOf<{ readonly city: string; readonly days?: number }>();
  });

  it('knows maps', () => {
    expectTypeOf(typesOf({ type: 'object', additionalProperties: { type: 'number' } }).accepted).toEqualTypeOf<{
      readonly [key: string]: number;
    }>();
    expectTypeOf(typesOf({ type: 'object', additionalProperties: false }).accepted).toEqualTypeOf<
      Readonly<Record<string, never>>
    >();
    expectTypeOf(typesOf({ type: 'object' }).accepted).toEqualTypeOf<{ readonly [key: string]: Json }>();
    const { accepted } = typesOf({
      type: 'object',
      properties: { id: { type: 'number' } },
      required: ['id'],
      additionalProperties: { type: 'string' },
    });
    expectTypeOf<(typeof accepted)['id']>().toEqualTypeOf<number>();
    expectTypeOf<(typeof accepted)['other']>().toEqualTypeOf<string | number | undefined>();
  });

  it('knows lists and tuples', () => {
    expectTypeOf(typesOf({ type: 'array', items: { type: 'string' } }).accepted).toEqualTypeOf<readonly string[]>();
    expectTypeOf(typesOf({ type: 'array' }).accepted).toEqualTypeOf<readonly Json[]>();
    const point = { type: 'array', prefixItems: [{ type: 'number' }, { type: 'string' }], items: false } as const;
    expectTypeOf(typesOf({ ...point, minItems: 2 }).accepted).toEqualTypeOf<readonly [number, string]>();
    expectTypeOf(typesOf(point).accepted).toEqualTypeOf<readonly [number?, string?]>();
  });
});

describe('FilledFromJsonSchema', () => {
  it('has properties that have a default', () => {
    const { accepted, filled } = typesOf({
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', default: 3 } },
      required: ['city'],
    });
    expectTypeOf(accepted).toEqualTypeOf<{ readonly city: string; readonly days?: number }>();
    expectTypeOf(filled).toEqualTypeOf<{ readonly city: string; readonly days: number }>();
  });

  it('has no defaults inside unions, where the platform fills none in', () => {
    const { filled } = typesOf({
      anyOf: [{ type: 'object', properties: { days: { type: 'integer', default: 3 } } }],
    });
    expectTypeOf(filled).toEqualTypeOf<{ readonly days?: number }>();
  });
});
