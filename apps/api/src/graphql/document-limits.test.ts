import { getIntrospectionQuery, parse } from 'graphql';
import { expect, test } from 'vitest';
import { checkDocumentLimits, MAX_ALIASES, MAX_DIRECTIVES, MAX_LEVELS, MAX_OPERATIONS } from './document-limits.ts';

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

const check = (document: string) => () => checkDocumentLimits(parse(document, { noLocation: true }));

test.each([
  [
    'aliases',
    `{ ${times(MAX_ALIASES, (index) => `a${index}: a`)} }`,
    `{ ${times(MAX_ALIASES + 1, (index) => `a${index}: a`)} }`,
  ],
  [
    'directives',
    `{ a ${times(MAX_DIRECTIVES, () => '@skip(if: true)')} }`,
    `{ a ${times(MAX_DIRECTIVES + 1, () => '@skip(if: true)')} }`,
  ],
  [
    'operations',
    times(MAX_OPERATIONS, (index) => `query q${index} { a }`),
    times(MAX_OPERATIONS + 1, (index) => `query q${index} { a }`),
  ],
  [
    'levels',
    `${'{ a '.repeat(MAX_LEVELS)}${'}'.repeat(MAX_LEVELS)}`,
    `${'{ a '.repeat(MAX_LEVELS + 1)}${'}'.repeat(MAX_LEVELS + 1)}`,
  ],
  ['A name', `{ ${'a'.repeat(128)} }`, `{ ${'a'.repeat(129)} }`],
  [
    'levels in a value',
    `{ a(b: ${'['.repeat(100)}${']'.repeat(100)}) }`,
    `{ a(b: ${'['.repeat(101)}${']'.repeat(101)}) }`,
  ],
  ['pairs of fields', `{ ${'a '.repeat(140)} }`, `{ ${'a '.repeat(143)} }`],
  ['fields', `{ ${times(1_999, (index) => `a${index}`)} }`, `{ ${times(2_001, (index) => `a${index}`)} }`],
  [
    'lists about the schema',
    getIntrospectionQuery(),
    '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
  ],
])('%s have a limit', (what, most, tooMuch) => {
  expect(check(most)).not.toThrow();
  expect(check(tooMuch)).toThrow(what);
});

test('fragments that double each other are not followed to their end', () => {
  const chain = times(40, (index) => `fragment f${index} on Q { ...f${index + 1} ...f${index + 1} }`);
  expect(check(`{ ...f0 } ${chain} fragment f40 on Q { a }`)).toThrow('more than');
});

test('fragments in a circle are found', () => {
  expect(check('{ ...f } fragment f on Q { a { ...g } } fragment g on Q { ...f }')).toThrow('within itself');
});
