import { type JsonSchema, manifestSchema } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { compareContributions } from './compare-contributions.ts';
import { compareSchemas } from './compare-schemas.ts';

const object = (properties: object, more: object = {}): JsonSchema => ({ type: 'object', properties, ...more });

const accepted = (before: unknown, after: unknown) => compareSchemas({ before, after, use: 'accepted' });
const returned = (before: unknown, after: unknown) => compareSchemas({ before, after, use: 'returned' });

type Case = readonly [
  name: string,
  before: unknown,
  after: unknown,
  paths: readonly string[],
  breaksInput: boolean,
  breaksOutput: boolean,
];

const TEXT = { type: 'string' };
const LIST = { type: 'array', items: object({ id: TEXT }) };

const CASES: readonly Case[] = [
  ['a property that is new and may be left out', object({}), object({ a: TEXT }), ['$.a'], false, false],
  ['a property that is new and required', object({}), object({ a: TEXT }, { required: ['a'] }), ['$.a'], true, false],
  [
    'a property that is new, required, and has a default',
    object({}),
    object({ a: { ...TEXT, default: '' } }, { required: ['a'] }),
    ['$.a'],
    false,
    false,
  ],
  [
    'a property that becomes required',
    object({ a: TEXT }),
    object({ a: TEXT }, { required: ['a'] }),
    ['$.a'],
    true,
    false,
  ],
  [
    'a property that may be left out now',
    object({ a: TEXT }, { required: ['a'] }),
    object({ a: TEXT }),
    ['$.a'],
    false,
    true,
  ],
  ['a property that is gone', object({ a: TEXT }), object({}), ['$.a'], false, true],
  [
    'a property that is refused',
    object({ a: TEXT }),
    object({}, { additionalProperties: false }),
    ['$.a', '$'],
    true,
    true,
  ],
  ['a type that is narrower', object({ a: { type: ['string', 'null'] } }), object({ a: TEXT }), ['$.a'], true, false],
  ['a type that is wider', object({ a: { type: 'integer' } }), object({ a: { type: 'number' } }), ['$.a'], false, true],
  ['another type', object({ a: TEXT }), object({ a: { type: 'number' } }), ['$.a'], true, true],
  ['any type that becomes one', {}, TEXT, ['$'], true, false],
  ['fewer choices', { enum: ['a', 'b'] }, { enum: ['a'] }, ['$'], true, false],
  ['more choices', { enum: ['a'] }, { enum: ['a', 'b'] }, ['$'], false, true],
  ['a higher minimum', { minimum: 1 }, { minimum: 2 }, ['$'], true, false],
  ['a maximum that is gone', { maxLength: 5 }, {}, ['$'], false, true],
  ['another pattern', { pattern: '^a' }, { pattern: '^b' }, ['$'], true, true],
  ['another default', { default: 1 }, { default: 2 }, ['$'], false, false],
  ['a property of an item', LIST, { ...LIST, items: object({ id: { type: 'number' } }) }, ['$[].id'], true, true],
  ['an alternative that is gone', { anyOf: [TEXT, { type: 'null' }] }, { anyOf: [TEXT] }, ['$'], true, false],
  ['an alternative that is new', { oneOf: [TEXT] }, { oneOf: [TEXT, { type: 'null' }] }, ['$'], false, true],
  [
    'what a reference leads to',
    object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: TEXT } }),
    object({ a: { $ref: '#/$defs/b' } }, { $defs: { b: { type: 'number' } } }),
    ['$.a'],
    true,
    true,
  ],
  ['a name that is no word', object({ 'a b': TEXT }), object({ 'a b': { type: 'number' } }), ['$["a b"]'], true, true],
];

describe('two schemas', () => {
  it.each(CASES)('differ by %s', (...[, before, after, paths, breaksInput, breaksOutput]) => {
    expect(accepted(before, after).map(({ path }) => path)).toEqual(paths);
    expect(accepted(before, after).some(({ isBreaking }) => isBreaking)).toBe(breaksInput);
    expect(returned(before, after).some(({ isBreaking }) => isBreaking)).toBe(breaksOutput);
  });

  it('are the same whatever their words, order and references', () => {
    const before = object({ a: TEXT, b: { anyOf: [{ type: 'number', title: 'N' }, TEXT] } });
    const after = {
      ...object({ b: { anyOf: [TEXT, { type: 'number' }] }, a: { $ref: '#/$defs/t' } }),
      $defs: { t: TEXT },
    };
    expect(accepted(before, { ...after, description: 'Other words' })).toEqual([]);
  });

  it('are compared in bounded time when they refer to themselves or go deep', () => {
    const node = (type: string) => ({
      $ref: '#/$defs/node',
      $defs: { node: object({ value: { type }, left: { $ref: '#/$defs/node' }, right: { $ref: '#/$defs/node' } }) },
    });
    expect(accepted(node('string'), node('number'))).toMatchObject([{ path: '$.value', isBreaking: true }]);
    const circle = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } };
    expect(accepted(circle, circle)).toEqual([]);
    const many = object(Object.fromEntries(Array.from({ length: 5_000 }, (_, place) => [`p${place}`, TEXT])));
    expect(accepted(many, object({})).length).toBe(200);
  });
});

const manifest = (steps: readonly object[]) => manifestSchema.parse({ apiVersion: 1, contributions: { steps } });
const step = (name: string, more: object = {}) => ({ name, title: name, ...more });

it('contributions are compared by kind and name; those that are the same are left out', () => {
  const before = manifest([
    step('kept'),
    step('gone'),
    step('read', { input: object({ a: TEXT }), output: object({ b: TEXT }) }),
  ]);
  const after = manifest([
    step('kept'),
    step('come'),
    step('read', { input: object({ a: TEXT, c: TEXT }, { required: ['c'] }), output: object({}) }),
  ]);
  expect(compareContributions(before, after)).toMatchObject([
    { kind: 'step', name: 'gone', change: 'removed', isBreaking: true },
    {
      kind: 'step',
      name: 'read',
      change: 'changed',
      isBreaking: true,
      input: [{ path: '$.c', change: 'added', isBreaking: true }],
      output: [{ path: '$.b', change: 'removed', isBreaking: true }],
    },
    { kind: 'step', name: 'come', change: 'added', isBreaking: false },
  ]);
});
