import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { inRepository } from '../../repository.ts';
import { findBreakingChanges } from './breaking-changes.ts';

const RELEASED = readFileSync(inRepository('libs/plugin-sdk/api/released/index.api.d.ts'), 'utf8');
const SMALL = `
export type StepInit = { readonly name: string; readonly title?: string };
export type Context = { readonly now: () => number; readonly log: { readonly info: (text: string) => void }; readonly user?: string };
export type Kind = 'step' | 'hook';
export type Box<T> = { readonly value: T };
export declare const define: (init: StepInit, extra?: number) => Context;
export declare const LIMITS: { readonly bytes: number; readonly files: number };
export declare class Failure extends Error { readonly code: string; constructor(init: { readonly text: string }); }
export type Verdict = boolean | { readonly valid: boolean };
export {};
`;
const USAGE = `
import { define } from 'first-api';
const { now } = define({ name: 'a', title: 'A' });
export const later: number = now() + 1;
`;

const BREAKING: Readonly<Record<string, readonly [from: string, to: string, change: string]>> = {
  'an export is gone': ['export declare const LIMITS', 'declare const LIMITS', 'LIMITS is not exported any more'],
  'a type is gone': ["export type Kind = 'step' | 'hook';", '', 'Kind is not exported any more'],
  'a property is gone': ['readonly now: () => number; ', '', 'Context lost a property'],
  'an optional property is gone': ['; readonly user?: string', '', 'Context lost a property'],
  'a nested property is gone': ['readonly info: (text: string) => void', '', 'Context lost a property'],
  'a property of a value is gone': ['; readonly files: number', '', 'LIMITS lost a property'],
  'what is given needs more': [
    'readonly title?: string }',
    'readonly title?: string; readonly id: string }',
    'StepInit takes less, or needs more',
  ],
  'what was optional is needed': ['title?: string', 'title: string', 'StepInit takes less, or needs more'],
  'what is given may be less': [
    'readonly name: string',
    "readonly name: 'a' | 'b'",
    'StepInit takes less, or needs more',
  ],
  'what is given may have less': ['readonly title?: string', '', 'StepInit lost a property'],
  'what is given is a narrower union': [
    'boolean | { readonly valid',
    '{ readonly valid',
    'Verdict takes less, or needs more',
  ],
  'what comes back is another type': ['now: () => number', 'now: () => string', 'Context gives something else'],
  'what comes back may be missing': [
    'now: () => number',
    'now: () => number | undefined',
    'Context gives something else',
  ],
  'what comes back has more members': ["'step' | 'hook'", "'step' | 'hook' | 'other'", 'Kind gives something else'],
  'a function that is handed out takes less': [
    'info: (text: string)',
    "info: (text: 'a')",
    'Context gives something else',
  ],
  'a function needs another argument': ['extra?: number', 'extra: number', 'define(…) takes less, or needs more'],
  'a function has an argument less': [', extra?: number', '', 'define(…) takes less, or needs more'],
  'a function gives something else': [') => Context', ') => Context | null', 'define has another type'],
  'a function became asynchronous': [') => Context', ') => Promise<Context>', 'define has another type'],
  'a constructor takes less': [
    'readonly text: string }',
    'readonly text: string; readonly code: string }',
    'Failure(…) takes less, or needs more',
  ],
  'a class lost a property': ['readonly code: string; constructor', 'constructor', 'Failure lost a property'],
  'a type has another parameter': ['Box<T>', 'Box<T, U>', 'Box gives something else'],
};

const ADDITIONS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'a new export': ['export {};', 'export declare const more: number;\nexport {};'],
  'an optional property of what is given': [
    'readonly title?: string }',
    'readonly title?: string; readonly icon?: string }',
  ],
  'a property of what comes back': ['readonly now:', 'readonly id: string; readonly now:'],
  'a wider type of what is given': [
    'boolean | { readonly valid',
    'boolean | { readonly valid: boolean } | { readonly valid',
  ],
  'another optional argument': ['extra?: number', 'extra?: number, more?: string'],
  'a parameter of a type with a default': ['Box<T>', 'Box<T, U = string>'],
  'a property of a value': ['readonly files: number', 'readonly files: number; readonly depth: number'],
};

const SDK_ADDITIONS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'the context has more': [
    'readonly idempotencyKey: string;',
    'readonly idempotencyKey: string; readonly tenant: string;',
  ],
  'steps can say more': [
    'readonly run: (input: Received<I>',
    'readonly cache?: boolean; readonly run: (input: Received<I>',
  ],
  'there is another error code': ['IA_PLUGIN_FAILED: string;', 'IA_PLUGIN_FAILED: string; IA_PLUGIN_NEW: string;'],
};
const SDK_BREAKING: Readonly<Record<string, readonly [from: string, to: string, change: string]>> = {
  'an error code is gone': ['IA_PLUGIN_FAILED: string;', '', 'ERROR_CODES lost a property'],
  'the context has less': ['readonly idempotencyKey: string;', '', 'PluginContext lost a property'],
  'steps must say more': [
    'readonly run: (input: Received<I>',
    'readonly cache: boolean; readonly run: (input: Received<I>',
    'defineStep(…) takes less, or needs more',
  ],
};

const CASES = [
  ...[...Object.entries(BREAKING), ...Object.entries(ADDITIONS)].map(([name, change]) => ({
    name,
    change,
    api: SMALL,
  })),
  ...[...Object.entries(SDK_BREAKING), ...Object.entries(SDK_ADDITIONS)].map(([name, change]) => ({
    name,
    change,
    api: RELEASED,
  })),
];
let found: ReadonlyMap<string, readonly string[]> = new Map();

beforeAll(async () => {
  found = await findBreakingChanges([
    ...CASES.map(({ name, change: [from, to], api }) => ({ name, released: api, current: api.replace(from, to) })),
    { name: 'same', released: RELEASED, current: RELEASED },
    { name: 'used', released: SMALL, current: SMALL, specifier: 'first-api', usage: USAGE },
    {
      name: 'used otherwise',
      released: '',
      current: SMALL.replace('title?', 'heading?'),
      specifier: 'second-api',
      usage: USAGE.replace('first-api', 'second-api'),
    },
  ]);
});

describe('findBreakingChanges', () => {
  it.each(CASES)('is asked of a text that has changed: $name', ({ change: [from, to], api }) => {
    expect(api.replace(from, to)).not.toBe(api);
  });

  it.each(Object.entries({ ...BREAKING, ...SDK_BREAKING }))('finds that %s', (name, [, , change]) => {
    expect(found.get(name)).toContain(change);
  });

  it.each(Object.keys({ ...ADDITIONS, ...SDK_ADDITIONS }))('lets pass: %s', (name) => {
    expect(found.get(name)).toEqual([]);
  });

  it('finds nothing where nothing changed', () => {
    expect(found.get('same')).toEqual([]);
  });

  it('lets the compiler read the usage', () => {
    expect(found.get('used')).toEqual([]);
    expect(found.get('used otherwise')).toEqual([
      expect.stringMatching(/^line 3 of the usage does not compile: TS2353/),
    ]);
  });
});
