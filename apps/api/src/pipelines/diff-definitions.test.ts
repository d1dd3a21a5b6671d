import type { Json } from '@ia-modules/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffDefinitions } from './diff-definitions.ts';

const BEFORE = {
  name: 'orders',
  parameters: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
  plugins: { mail: '@acme/mail@^1.0.0' },
  steps: [
    { id: 'fetch', uses: 'http.request', with: { url: 'https://a.example', tags: ['x', 'y'] }, timeout: '5s' },
    { id: 'store', uses: 'core.noop' },
  ],
  flow: { transitions: [{ from: 'fetch', to: 'store' }] },
  outputs: { rows: '{{ steps.fetch.output }}' },
};

const changed = (more: object): Json => ({ ...BEFORE, ...more });
const diff = (after: Json) => diffDefinitions(BEFORE, after);

describe('the difference of two definitions', () => {
  it('is none where only the order differs', () => {
    expect(diff(changed({ steps: BEFORE.steps.toReversed() }))).toEqual([]);
  });

  it('names steps that came, went and changed, and what of them', () => {
    const steps = [
      { id: 'fetch', uses: 'http.request', with: { url: 'https://b.example', tags: ['x'] }, retry: { max: 2 } },
      { id: 'send', uses: 'mail.send' },
    ];
    expect(diff(changed({ steps }))).toMatchObject([
      {
        part: 'step',
        kind: 'changed',
        name: 'fetch',
        values: [
          { kind: 'changed', path: '$.with.url', before: 'https://a.example', after: 'https://b.example' },
          { kind: 'removed', path: '$.with.tags[1]', before: 'y' },
          { kind: 'removed', path: '$.timeout', before: '5s' },
          { kind: 'added', path: '$.retry', after: { max: 2 } },
        ],
        summary: 'step fetch changed: with.url, with.tags[1], timeout and 1 more',
      },
      { part: 'step', kind: 'removed', name: 'store', before: { id: 'store' }, summary: 'step store removed' },
      { part: 'step', kind: 'added', name: 'send', after: { uses: 'mail.send' }, summary: 'step send added' },
    ]);
  });

  it('tells transitions with the same ends apart', () => {
    const transitions = [
      { from: 'fetch', to: 'store' },
      { from: 'fetch', to: 'store', when: 'steps.fetch.output.ok' },
    ];
    expect(diff(changed({ flow: { transitions } }))).toMatchObject([
      { part: 'transition', kind: 'added', name: 'fetch->store (2)' },
    ]);
  });

  it('covers parameters, outputs, plugins and everything else', () => {
    const after = changed({
      name: 'all orders',
      parameters: { type: 'object', properties: { day: { type: 'string' }, hour: { type: 'integer' } } },
      plugins: { mail: '@acme/mail@^2.0.0' },
      outputs: {},
      flow: { ...BEFORE.flow, max_steps: 5 },
    });
    expect(diff(after).map(({ part, kind, name }) => `${part} ${kind} ${name}`)).toEqual([
      'parameter added hour',
      'output removed rows',
      'plugin changed mail',
      'setting changed name',
      'setting removed parameters.required',
      'setting added flow.max_steps',
    ]);
  });
});

const step = fc.record({ id: fc.stringMatching(/^[a-c]$/), with: fc.jsonValue({ maxDepth: 2 }) });
const definition = fc.record({
  steps: fc.uniqueArray(step, { selector: ({ id }) => id }),
  outputs: fc.dictionary(fc.stringMatching(/^[a-c]$/), fc.jsonValue({ maxDepth: 1 })),
});

type Definition = typeof definition extends fc.Arbitrary<infer T> ? T : never;

/** As JSON carries it: without -0, keys without meaning. */
const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

it('is empty for equals alone, and turned around names the same parts', () => {
  expect(() => fc.assert(fc.property(definition, definition, checkPair))).not.toThrow();
});

const checkPair = (one: Definition, other: Definition): void => {
  const [before, after] = [asJson(one), asJson(other)];
  expect(diffDefinitions(before, before)).toEqual([]);
  const names = (changes: ReturnType<typeof diffDefinitions>) => changes.map(({ part, name }) => `${part} ${name}`);
  const [forth, back] = [diffDefinitions(before, after), diffDefinitions(after, before)];
  expect(names(back).toSorted()).toEqual(names(forth).toSorted());
  const isSame = names(forth).length === 0;
  const sorted = (value: Definition) =>
    asJson({ ...value, steps: value.steps.toSorted((a, b) => (a.id < b.id ? -1 : 1)) });
  if (isSame) expect(sorted(one)).toEqual(sorted(other));
};
