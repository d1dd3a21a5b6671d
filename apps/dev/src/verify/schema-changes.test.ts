import { expect, test } from 'vitest';
import { findUndeclaredChanges } from './schema-changes.ts';

const RELEASED = `
type Query { run(id: ID!, first: Int = 20): Run }
type Run { id: ID! name: String! status: Status! steps(last: Int): Int! }
input StartInput { pipeline: ID! }
enum Status { running succeeded }
union Result = Run`;

const changesOf = (current: string, declarations: readonly object[] = []): string[] =>
  findUndeclaredChanges({ released: RELEASED, current, declarations: JSON.stringify(declarations) });

const edited = (from: string, to: string): string => RELEASED.replace(from, to);

test('the schema of the release is compatible with itself', () => {
  expect(changesOf(RELEASED)).toEqual([]);
});

test.each([
  ['a field that goes', 'name: String! ', ''],
  ['a field that may be null', 'name: String!', 'name: String'],
  ['a field of another type', 'name: String!', 'name: Int!'],
  ['a type that goes', 'union Result = Run', ''],
  ['an enum value that goes', 'succeeded', ''],
  ['an input field that has to be given', 'pipeline: ID!', 'pipeline: ID! name: String!'],
  ['an argument that has to be given', '(id: ID!', '(id: ID!, tenant: ID!'],
  ['an argument that goes', ', first: Int = 20', ''],
  ['another default', 'Int = 20', 'Int = 10'],
])('%s is found', (_what, from, to) => {
  expect(changesOf(edited(from, to))).toEqual([expect.stringMatching(/^breaks clients of the last release: /)]);
});

test.each([
  ['a new field', 'name: String!', 'name: String! title: String!'],
  ['a field that is never null any more', 'run(id: ID!, first: Int = 20): Run', 'run(id: ID!, first: Int = 20): Run!'],
  ['a new argument that may be left out', '(id: ID!', '(id: ID!, tenant: ID'],
  ['a new enum value', 'succeeded', 'succeeded failed'],
  ['a new member of a union', 'union Result = Run', 'union Result = Run | Failure type Failure { code: String! }'],
  ['a deprecation', 'name: String!', 'name: String! @deprecated(reason: "Use title.")'],
])('%s is fine', (_what, from, to) => {
  expect(changesOf(edited(from, to))).toEqual([]);
});

test('a change passes when it is declared, with its reason and its day', () => {
  const change = 'Run.name was removed.';
  const current = edited('name: String! ', '');
  expect(changesOf(current, [{ change, reason: 'It was never set.', date: '2026-11-23' }])).toEqual([]);
  expect(() => changesOf(current, [{ change }])).toThrow(/reason/);
});

test('a declaration of what did not happen is found', () => {
  const declaration = { change: 'Run.name was removed.', reason: 'It was never set.', date: '2026-11-23' };
  expect(changesOf(RELEASED, [declaration])).toEqual([expect.stringContaining('is not so: Run.name was removed.')]);
});
