import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const change = (name: string, value: Json, config: JsonObject = {}): Promise<Json> =>
  testbed.call('transform', name, { value, config });

const people: Json = [
  { id: 1, name: 'Ann', age: 30, city: 'Graz' },
  { id: 2, name: 'Bob', age: 17, city: 'Linz' },
  { id: 3, name: 'Cy', age: 45, city: 'Graz' },
];

describe('map, filter', () => {
  it('makes new items', async () => {
    const expression = '{"who": item.name, "in": item.age + parameters.years, "at": index}';
    expect(await change('map', people, { expression, parameters: { years: 5 } })).toEqual([
      { who: 'Ann', in: 35, at: 0 },
      { who: 'Bob', in: 22, at: 1 },
      { who: 'Cy', in: 50, at: 2 },
    ]);
  });

  it('keeps what a condition holds for', async () => {
    expect(await change('filter', people, { condition: 'item.age >= 18 && item.city == "Graz"' })).toMatchObject([
      { id: 1 },
      { id: 3 },
    ]);
  });

  it('says at which item an expression failed, and what it may read', async () => {
    await expect(change('map', [{ a: 1 }, {}], { expression: 'item.a' })).rejects.toThrow('At item 1');
    await expect(change('map', [], { expression: 'steps.a.output' })).rejects.toThrow('reads steps');
    await expect(change('map', [], { expression: 'item +' })).rejects.toMatchObject({ code: 'IA_EXPRESSION_INVALID' });
    await expect(change('filter', [1], { condition: 'item' })).rejects.toThrow('true or false');
    await expect(change('map', { a: 1 }, { expression: 'item' })).rejects.toThrow('has to be a list');
  });

  it('ends expressions that take too much work, and lists that are too long', async () => {
    const long = Array.from({ length: 400 }, (_, index) => index);
    const expression = 'parameters.l.filter(a, parameters.l.exists(b, a + b == -1))';
    await expect(change('map', [1], { expression, parameters: { l: long } })).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
    const rows = Array.from({ length: 100_001 }, () => 1);
    await expect(change('map', rows, { expression: 'item' })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });

  it('leaves others room while it works on a long list, and reports how far it is', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => ({ n: index }));
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await change('map', rows, { expression: 'item.n * 2 + size(string(item.n))' });
    isDone = true;
    expect(turns).toBeGreaterThan(1);
  });
});

describe('group, aggregate, unique', () => {
  it('groups in the order of first occurrence, null and missing alike', async () => {
    expect(
      await change('group', [...(people as Json[]), { id: 4 }, { id: 5, city: null }], { by: ['city'] }),
    ).toMatchObject([
      { key: { city: 'Graz' }, count: 2, items: [{ id: 1 }, { id: 3 }] },
      { key: { city: 'Linz' }, count: 1 },
      { key: { city: null }, count: 2 },
    ]);
  });

  const metrics = {
    people: { function: 'count', field: 'id' },
    cities: { function: 'count_distinct', field: 'city' },
    total: { function: 'sum', field: 'age' },
    mean: { function: 'avg', field: 'age' },
    youngest: { function: 'min', field: 'age' },
    oldest: { function: 'max', field: 'age' },
    median: { function: 'percentile', field: 'age' },
    p75: { function: 'percentile', field: 'age', percentile: 75 },
    first: { function: 'first', field: 'name' },
    last: { function: 'last', field: 'name' },
  };

  it('computes over all', async () => {
    expect(await change('aggregate', people, { metrics })).toEqual({
      people: 3,
      cities: 2,
      total: 92,
      mean: 92 / 3,
      youngest: 17,
      oldest: 45,
      median: 30,
      p75: 37.5,
      first: 'Ann',
      last: 'Cy',
    });
  });

  it('computes by groups, and of nothing', async () => {
    const some = { total: metrics.total, mean: metrics.mean };
    expect(await change('aggregate', people, { by: ['city'], metrics: some })).toEqual([
      { city: 'Graz', total: 75, mean: 37.5 },
      { city: 'Linz', total: 17, mean: 17 },
    ]);
    expect(await change('aggregate', [], { metrics: some })).toEqual({ total: 0, mean: null });
    await expect(change('aggregate', [{ age: '7' }], { metrics: some })).rejects.toThrow('met a text');
  });

  it('adds up without losing small parts', async () => {
    const values = [1e16, 1, -1e16];
    expect(await change('aggregate', values, { metrics: { s: { function: 'sum' } } })).toEqual({ s: 1 });
  });

  it('keeps one of each', async () => {
    expect(await change('unique', [1, '1', 1, { a: 1, b: 2 }, { b: 2, a: 1 }, null])).toEqual([
      1,
      '1',
      { a: 1, b: 2 },
      null,
    ]);
    expect(await change('unique', people, { by: ['city'], keep: 'last' })).toMatchObject([{ id: 3 }, { id: 2 }]);
  });
});

describe('join', () => {
  const cities: Json = [
    { city: 'Graz', id: 'G' },
    { city: 'Wien', id: 'W' },
    { city: null, id: 'N' },
  ];
  const on = [{ left: 'city', right: 'city' }];

  it('merges what matches', async () => {
    expect(await change('join', people, { right: cities, on })).toEqual([
      { id: 1, name: 'Ann', age: 30, city: 'Graz', right_city: 'Graz', right_id: 'G' },
      { id: 3, name: 'Cy', age: 45, city: 'Graz', right_city: 'Graz', right_id: 'G' },
    ]);
  });

  it('keeps what matches nothing, of the sides that it shall', async () => {
    const pairs = async (kind: string): Promise<number> =>
      ((await change('join', people, { right: cities, on, kind, as: 'pairs' })) as Json[]).length;
    expect([await pairs('inner'), await pairs('left'), await pairs('right'), await pairs('full')]).toEqual([
      2, 3, 4, 5,
    ]);
  });

  it('does as nested loops would', async () => {
    const row = fc.record({ k: fc.option(fc.constantFrom<Json>(1, 2, '1', true), { nil: null }), v: fc.integer() });
    const kinds = fc.constantFrom('inner', 'left', 'right', 'full');
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 8 }),
        fc.array(row, { maxLength: 8 }),
        kinds,
        async (left, right, kind) => {
          const matches = (one: { k: Json }, other: { k: Json }): boolean => one.k !== null && one.k === other.k;
          const expected: Json[] = left.flatMap((one): Json[] => {
            const found = right.filter((other) => matches(one, other)).map((other) => ({ left: one, right: other }));
            return found.length > 0 || kind === 'inner' || kind === 'right' ? found : [{ left: one, right: null }];
          });
          if (kind === 'right' || kind === 'full') {
            for (const other of right)
              if (!left.some((one) => matches(one, other))) expected.push({ left: null, right: other });
          }
          const joined = await change('join', left, { right, on: [{ left: 'k', right: 'k' }], kind, as: 'pairs' });
          expect(joined).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('bounds what it makes', async () => {
    const same = Array.from({ length: 400 }, () => ({ city: 1 }));
    await expect(change('join', same, { right: same, on })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });
});

describe('sort', () => {
  it('sorts by several fields, nothing last', async () => {
    const rows = [{ a: 2, b: 'x' }, { b: 'y' }, { a: 1, b: 'z' }, { a: 2, b: 'a' }, { a: null, b: 'n' }];
    const by = [{ field: 'a', order: 'descending' }, { field: 'b' }];
    expect(((await change('sort', rows, { by })) as { b: string }[]).map(({ b }) => b)).toEqual([
      'a',
      'x',
      'z',
      'n',
      'y',
    ]);
  });

  it('sorts texts by code points, or as a language has it', async () => {
    expect(await change('sort', ['b', 'ä', 'Z', 'a'])).toEqual(['Z', 'a', 'b', 'ä']);
    expect(await change('sort', ['b', 'ä', 'Z', 'a'], { locale: 'de' })).toEqual(['a', 'ä', 'b', 'Z']);
    expect(await change('sort', [10, '9', 9, true])).toEqual([true, 9, 10, '9']);
  });

  it('is stable, however long the list is', async () => {
    const rows = Array.from({ length: 9_001 }, (_, index) => ({ key: (index * 7_919) % 13, index }));
    const sorted = await change('sort', rows, { by: [{ field: 'key' }] });
    expect(sorted).toEqual(rows.toSorted((left, right) => left.key - right.key));
  });
});

describe('fields', () => {
  const order = { id: 1, address: { city: 'Graz', street: 'x' }, lines: [{ sku: 'a' }, { sku: 'b' }] };

  it('picks, leaves out and renames', async () => {
    expect(await change('pick', order, { fields: ['id', 'address.city', 'none'] })).toEqual({
      id: 1,
      address: { city: 'Graz' },
    });
    expect(await change('omit', [order], { fields: ['address.street', 'lines[0]', 'none.x'] })).toEqual([
      { id: 1, address: { city: 'Graz' }, lines: [{ sku: 'b' }] },
    ]);
    expect(await change('rename', order, { fields: { id: 'order_id', none: 'x' } })).toMatchObject({ order_id: 1 });
    await expect(change('rename', order, { fields: { id: 'lines' } })).rejects.toThrow('called "lines"');
  });

  it('sets values and what expressions give, one after another', async () => {
    const changes = [
      { field: 'address.country', value: 'AT' },
      { field: 'lines[1].sku', expression: 'item.address.country + "-" + item.lines[1].sku' },
      { field: 'new.deep', value: null },
    ];
    expect(await change('set', order, { changes })).toEqual({
      id: 1,
      address: { city: 'Graz', street: 'x', country: 'AT' },
      lines: [{ sku: 'a' }, { sku: 'AT-b' }],
      new: { deep: null },
    });
    expect(await change('set', [{}, {}], { changes: [{ field: 'n', expression: 'index + 1' }] })).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
    await expect(change('set', order, { changes: [{ field: 'id.x', value: 1 }] })).rejects.toThrow('no object');
    await expect(change('set', order, { changes: [{ field: 'id' }] })).rejects.toThrow(
      'either a value or an expression',
    );
  });

  it('reaches no prototype', async () => {
    await expect(change('set', {}, { changes: [{ field: '__proto__.x', value: 1 }] })).rejects.toThrow('is no path');
    const hostile = JSON.parse('{"__proto__": {"polluted": true}}') as Json;
    await change('merge', { a: 1 }, { with: [hostile] });
    await change('rename', { a: { polluted: true } }, { fields: { a: '__proto__' } });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('flatten, merge, template, split, chunk', () => {
  it('flattens lists and objects', async () => {
    expect(await change('flatten', [1, [2, [3]]])).toEqual([1, 2, [3]]);
    expect(await change('flatten', [1, [2, [3]]], { depth: 2 })).toEqual([1, 2, 3]);
    expect(await change('flatten', { a: { b: 1, c: {} }, d: [1] })).toEqual({ 'a.b': 1, 'a.c': {}, d: [1] });
    await expect(change('flatten', { a: { b: 1 }, 'a.b': 2 })).rejects.toThrow('called "a.b"');
  });

  it('merges objects and lists', async () => {
    const other = { a: { y: 2 }, list: [2] };
    const value = { a: { x: 1 }, list: [1] };
    expect(await change('merge', value, { with: [other] })).toEqual({ a: { x: 1, y: 2 }, list: [2] });
    expect(await change('merge', value, { with: [other], lists: 'concat' })).toMatchObject({ list: [1, 2] });
    expect(await change('merge', value, { with: [other], deep: false })).toMatchObject({ a: { y: 2 } });
    expect(await change('merge', [1], { with: [[2], [3]] })).toEqual([1, 2, 3]);
  });

  it('writes texts', async () => {
    const text = '${item.name} ($${x}) ${ {"a": "}"}.a } ${item.age}';
    expect(await change('template', people, { text, separator: '; ' })).toBe(
      'Ann (${x}) } 30; Bob (${x}) } 17; Cy (${x}) } 45',
    );
    expect(await change('template', { tags: ['a', 'b'] }, { text: '${item.tags}' })).toBe('["a","b"]');
    await expect(change('template', {}, { text: '${item.a' })).rejects.toThrow('has no end');
  });

  it('splits texts and cuts lists', async () => {
    expect(await change('split', ' a\n\nb \n')).toEqual(['a', 'b']);
    expect(await change('split', 'a,,b', { separator: ',', skip_empty: false })).toEqual(['a', '', 'b']);
    expect(await change('chunk', [1, 2, 3, 4, 5], { size: 2 })).toEqual([[1, 2], [3, 4], [5]]);
  });
});

it('does the same as a step of its own', async () => {
  expect(await testbed.step('filter', { value: people, condition: 'item.id == 2' })).toMatchObject([{ name: 'Bob' }]);
  await expect(testbed.step('filter', { value: people, condition: 'true', more: 1 })).rejects.toMatchObject({
    code: 'IA_PLUGIN_INPUT',
  });
});
