import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const change = (name: string, value: Json, config: JsonObject = {}): Promise<Json> =>
  testbed.call('transform', name, { value, config });

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }) as fc.Arbitrary<Json>;
/** JSON has no negative zero. */
const normal = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;

describe('parse, format', () => {
  it('reads and writes', async () => {
    expect(await change('parse', '\uFEFF{"a": [1, "x"]}')).toEqual({ a: [1, 'x'] });
    expect(await change('format', { b: 1, a: { d: 1, c: 2 } }, { sort_keys: true })).toBe('{"a":{"c":2,"d":1},"b":1}');
    expect(await change('format', { a: 1 }, { indent: 2 })).toBe('{\n  "a": 1\n}');
    expect(await testbed.step('parse', { value: '[1]' })).toEqual([1]);
  });

  it('reads and writes JSON Lines', async () => {
    expect(await change('format', [{ a: 1 }, 2], { lines: true })).toBe('{"a":1}\n2\n');
    expect(await change('parse', '{"a":1}\r\n\n2', { lines: true })).toEqual([{ a: 1 }, 2]);
    await expect(change('parse', '1\n{', { lines: true })).rejects.toThrow('Line 2: The text is no JSON');
  });

  it('refuses what is no JSON, too deep or too long', async () => {
    await expect(change('parse', '{"a":')).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT', retryable: false });
    await expect(change('parse', '['.repeat(200_000))).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    await expect(change('parse', `"${'x'.repeat(5_000_000)}"`)).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    await expect(change('parse', `{${'"a":1,'.repeat(60_000)}"b":2}`)).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
    await expect(change('parse', '[1,2]\n'.repeat(90_000), { lines: true })).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
    expect(await change('parse', `"${'['.repeat(200)}"`)).toBe('['.repeat(200));
  });
});

describe('query', () => {
  const order: Json = {
    lines: [
      { sku: 'a-1', price: 8 },
      { sku: 'b-2', price: 12 },
      { sku: 'b-3', price: 20 },
    ],
    "o'k": 1,
  };

  it.each<[string, Json]>([
    ['$.lines[?@.price > 10].sku', ['b-2', 'b-3']],
    ['$.lines[-1].sku', ['b-3']],
    ['$..price', [8, 12, 20]],
    ['$.lines[0:2].sku', ['a-1', 'b-2']],
    ['$.lines[?match(@.sku, "b-[0-9]")].price', [12, 20]],
    ['$.lines[?search(@.sku, "[ab]-1")].price', [8]],
    ['$.lines[?length(@.sku) == 3 && @.price != 8].sku', ['b-2', 'b-3']],
    ['$.none', []],
  ])('finds %s', async (path, found) => {
    expect(await change('query', order, { path })).toEqual(found);
  });

  it('gives the first one, or where each of them is', async () => {
    expect(await change('query', order, { path: '$..sku', as: 'first' })).toBe('a-1');
    expect(await change('query', order, { path: '$.none', as: 'first' })).toBeNull();
    expect(await change('query', order, { path: "$['o\\'k', 'lines'][0].price", as: 'nodes' })).toEqual([
      { path: "$['lines'][0]['price']", value: 8 },
    ]);
  });

  it('says what is wrong with a query', async () => {
    await expect(change('query', order, { path: '$.lines[' })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });

  const rows = Array.from({ length: 5_000 }, (_, index) => ({ id: index, name: 'a'.repeat(50) }));

  it.each([
    '$..[?$..id]',
    '$[?@.id == 1 || $[*][?@ == 2]]',
    `$${'[0,0,0,0,0,0,0,0,0,0]'.repeat(10)}..*`,
    '$[?search(@.name, "(a*)*(a*)*(a*)*(a*)*(a*)*b")]',
  ])('ends %s', async (path) => {
    const value = path.startsWith('$[0') ? [[[[[[[[[[[1]]]]]]]]]]] : rows;
    await expect(change('query', value, { path })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });
});

describe('patch', () => {
  it.each<[string, Json, Json, Json]>([
    ['adds a field', { a: 1 }, { op: 'add', path: '/b', value: 2 }, { a: 1, b: 2 }],
    ['adds an item', [1, 3], { op: 'add', path: '/1', value: 2 }, [1, 2, 3]],
    ['adds at the end', [1], { op: 'add', path: '/-', value: 2 }, [1, 2]],
    ['replaces', { a: { b: 1 } }, { op: 'replace', path: '/a/b', value: null }, { a: { b: null } }],
    ['removes', { a: [1, 2] }, { op: 'remove', path: '/a/0' }, { a: [2] }],
    ['moves', { a: 1 }, { op: 'move', from: '/a', path: '/b' }, { b: 1 }],
    ['copies', { a: [1] }, { op: 'copy', from: '/a', path: '/b' }, { a: [1], b: [1] }],
    ['tests', { 'x/y': { '~': 1 } }, { op: 'test', path: '/x~1y/~0', value: 1 }, { 'x/y': { '~': 1 } }],
    ['replaces the whole', 1, { op: 'replace', path: '', value: 2 }, 2],
  ])('%s', async (_, value, operation, patched) => {
    expect(await change('patch', value, { operations: [operation] })).toEqual(patched);
  });

  it.each<[Json, Json]>([
    [{}, { op: 'remove', path: '/a' }],
    [{}, { op: 'replace', path: '/a', value: 1 }],
    [[1], { op: 'add', path: '/3', value: 1 }],
    [[1], { op: 'add', path: '/01', value: 1 }],
    [{ a: 1 }, { op: 'add', path: '/a/b', value: 1 }],
    [{ a: 1 }, { op: 'test', path: '/a', value: '1' }],
    [{ a: {} }, { op: 'move', from: '/a', path: '/a/b' }],
    [{}, { op: 'copy', from: '/__proto__', path: '/x' }],
  ])('refuses %j %j', async (value, operation) => {
    await expect(change('patch', value, { operations: [operation] })).rejects.toMatchObject({ name: 'PatchError' });
  });

  it('reaches no prototype, and can not be made to fill the memory', async () => {
    const patched = await change(
      'patch',
      {},
      { operations: [{ op: 'add', path: '/__proto__', value: { polluted: 1 } }] },
    );
    expect(Object.keys(patched as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const operations = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '', path: `/k${index}` }));
    await expect(change('patch', { a: 1 }, { operations })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });
});

describe('diff, merge', () => {
  it('says what has changed', async () => {
    const from = { a: 1, b: [1, 2, 3], c: { d: 1 } };
    expect(await change('diff', from, { to: { a: 1, b: [1, 3], c: { d: 2 }, 'e/f': 4 } })).toEqual([
      { op: 'remove', path: '/b/1' },
      { op: 'replace', path: '/c/d', value: 2 },
      { op: 'add', path: '/e~1f', value: 4 },
    ]);
    expect(await change('diff', from, { to: from })).toEqual([]);
  });

  it('gives a patch that makes the other one', async () => {
    await fc.assert(
      fc.asyncProperty(json, json, async (one, other) => {
        const [from, to] = [normal(one), normal(other)];
        const operations = await change('diff', from, { to });
        expect(await change('patch', from, { operations })).toEqual(to);
      }),
      { numRuns: 200 },
    );
  });

  it('does what the examples of RFC 7396 do', async () => {
    const cases: readonly [Json, Json, Json][] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['c', 'd'],
      ],
      [{ a: 'foo' }, null, null],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];
    for (const [value, patch, merged] of cases) expect(await change('merge', value, { patch })).toEqual(merged);
  });
});
