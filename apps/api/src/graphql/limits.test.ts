import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { documentLimits, MAX_ALIASES, MAX_DIRECTIVES, MAX_NESTING, MAX_OPERATIONS } from './limits.ts';

const schema = buildSchema('type Query { self: Query! a: Int }');
const errorsOf = (document: string): string[] =>
  validate(schema, parse(document), [documentLimits]).map((error) => error.message);
const nested = (depth: number): string => `${'{ self '.repeat(depth - 1)}{ a }${' }'.repeat(depth - 1)}`;

describe('documentLimits', () => {
  it('lets ordinary documents pass', () => {
    expect(
      errorsOf(`query Q { x: self { a } y: self { ...F } } fragment F on Query { self { a @skip(if: true) } }`),
    ).toEqual([]);
    expect(errorsOf(nested(MAX_NESTING))).toEqual([]);
  });

  it.each([
    ['aliases', `{ ${Array.from({ length: MAX_ALIASES + 1 }, (_, index) => `x${index}: a`).join(' ')} }`],
    ['directives', `{ a ${'@skip(if: false) '.repeat(MAX_DIRECTIVES + 1)} }`],
    ['operations', Array.from({ length: MAX_OPERATIONS + 1 }, (_, index) => `query Q${index} { a }`).join(' ')],
    ['levels', nested(MAX_NESTING + 1)],
    ['levels', `{ ...A } fragment A on Query { self { ...B } } fragment B on Query ${nested(MAX_NESTING)}`],
    ['levels', '{ ...A } fragment A on Query { self { ...A } }'],
  ])('refuses too many %s', (what, document) => {
    expect(errorsOf(document)).toEqual([expect.stringContaining(what)]);
  });

  it('walks fragments that multiply only once a level', () => {
    const fragments = Array.from(
      { length: 18 },
      (_, index) => `fragment F${index} on Query { x: self { ...F${index + 1} } y: self { ...F${index + 1} } }`,
    ).join(' ');
    expect(errorsOf(`{ ...F0 } ${fragments} fragment F18 on Query { a }`)).toEqual([]);
  });
});
