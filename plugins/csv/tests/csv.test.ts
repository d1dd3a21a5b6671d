import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const parse = (text: string, more: JsonObject = {}) => testbed.step('parse', { text, ...more });
const format = async (rows: Json, more: JsonObject = {}) => (await testbed.step('format', { rows, ...more }))['text'];

describe('parse', () => {
  it('reads rows by the names of their columns', async () => {
    expect(await parse('\uFEFFid,name\r\n1,"Ann, ""A"""\r\n\r\n2,"two\nlines"\r\n')).toEqual({
      rows: [
        { id: '1', name: 'Ann, "A"' },
        { id: '2', name: 'two\nlines' },
      ],
      columns: ['id', 'name'],
      row_count: 2,
      errors: [],
    });
  });

  it('reads without headers, with names of its own, and other delimiters', async () => {
    expect((await parse('a;b\n# c\n1;2', { delimiter: ';', headers: false, comment: '#' }))['rows']).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect((await parse('1\t 2 ', { delimiter: '\t', headers: ['x', 'y'], trim: true }))['rows']).toEqual([
      { x: '1', y: '2' },
    ]);
    expect(await parse('')).toMatchObject({ rows: [], columns: [] });
  });

  it('makes values of texts when asked to, and leaves alone what would lose something', async () => {
    const text = 'v\n1\n-2.5\n1e3\n007\n12345678901234567890\ntrue\n""\n+43\n0x10\nNaN';
    const { rows } = await parse(text, { types: 'infer' });
    expect((rows as { v: Json }[]).map(({ v }) => v)).toEqual([
      1,
      -2.5,
      1000,
      '007',
      '12345678901234567890',
      true,
      null,
      '+43',
      '0x10',
      'NaN',
    ]);
    expect((await parse('a,b\n1,', { types: 'infer' }))['rows']).toEqual([{ a: 1, b: null }]);
  });

  it('tells the line of a bad row, or goes on without it', async () => {
    const text = 'a,b\n1,2\n3\n4,5,6\nx"y,1\n7,8\n';
    await expect(parse(text)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT', details: { line: 3 } });
    expect(await parse(text, { on_bad_row: 'collect' })).toMatchObject({
      rows: [
        { a: '1', b: '2' },
        { a: '7', b: '8' },
      ],
      errors: [{ line: 3, message: expect.stringContaining('1 fields') }, { line: 4 }, { line: 5 }],
    });
    await expect(parse('a\n"never closed')).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    await expect(parse('a,a\n1,2')).rejects.toThrow('Two columns are called "a"');
  });

  it.each(['utf-8', 'utf-16le', 'utf-16be', 'latin1'])('reads and writes %s', async (encoding) => {
    const { base64 } = await testbed.step('format', { rows: [{ näme: 'Größe' }], as: 'base64', encoding });
    expect(await testbed.step('parse', { base64: base64 ?? '', encoding })).toMatchObject({
      rows: [{ näme: 'Größe' }],
    });
  });

  it('goes by the byte order mark, and refuses bytes in another encoding', async () => {
    const { base64 } = await testbed.step('format', {
      rows: [{ a: 'ü' }],
      as: 'base64',
      encoding: 'utf-16be',
      bom: true,
    });
    expect(await testbed.step('parse', { base64: base64 ?? '' })).toMatchObject({ rows: [{ a: 'ü' }] });
    const latin = Buffer.from('a\nü', 'latin1').toString('base64');
    await expect(testbed.step('parse', { base64: latin })).rejects.toThrow('no utf-8 text');
    await expect(format([{ a: '→' }], { as: 'base64', encoding: 'latin1' })).rejects.toThrow(
      'does not exist in latin1',
    );
  });

  it('reads what another step has kept, and keeps what it writes', async () => {
    const { blob } = await testbed.step('format', { rows: [{ a: 1 }], as: 'blob' });
    expect(blob).toMatchObject({ contentType: 'text/csv; charset=utf-8', sizeBytes: 4 });
    expect(await testbed.step('parse', { blob: blob ?? null })).toMatchObject({ rows: [{ a: '1' }] });
    await expect(testbed.step('parse', {})).rejects.toThrow('One of text, base64 and blob');
  });

  it('bounds rows and columns, and can not change a prototype', async () => {
    await expect(parse('a\n1\n2\n3', { max_rows: 2 })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    await expect(parse(Array.from({ length: 1_001 }, (_, at) => `c${at}`).join(','))).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
    await parse('__proto__,b\n{polluted},2');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('stops when the call is canceled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('canceled'));
    const text = `a,b\n${'1,2\n'.repeat(90_000)}`;
    await expect(testbed.step('parse', { text }, controller.signal)).rejects.toThrow('canceled');
  });
});

describe('format', () => {
  it('writes all columns that occur', async () => {
    const rows = [
      { a: 1, b: 'x,y' },
      { a: null, c: { d: [1] } },
      { a: true, b: 'say "hi"' },
    ];
    expect(await format(rows)).toBe('a,b,c\n1,"x,y",\n,,"{""d"":[1]}"\ntrue,"say ""hi""",\n');
    expect(await format(rows, { columns: ['c', 'a'], header: false, line_ending: 'crlf', delimiter: ';' })).toBe(
      ';1\r\n"{""d"":[1]}";\r\n;true\r\n',
    );
    expect(await format([['a', 1]], { quote_all: true, bom: true })).toBe('\uFEFF"a","1"\n');
    expect(await format([])).toBe('');
  });

  it.each(['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])(
    'guards %j from being run as a formula',
    async (text) => {
      const [row] = (await parse((await format([{ [text]: text }])) as string))['rows'] as Record<string, string>[];
      expect(row).toEqual({ [`'${text}`]: `'${text}` });
    },
  );

  it('leaves numbers as they are, and texts that look like them', async () => {
    expect(await format([[-5, '-5', '+43', '-1,5']])).toBe('-5,-5,+43,"-1,5"\n');
    expect(await format([['=1']], { guard_formulas: false })).toBe('=1\n');
  });

  it('refuses what has no rows', async () => {
    await expect(format([1])).rejects.toThrow('Row 0 is neither');
  });

  it('reads what it has written', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 6 }), async (cells) => {
        const rows = cells.map(([a, b, c]) => ({ a, b, c }));
        const text = (await format(rows, { guard_formulas: false, quote_all: true })) as string;
        expect((await parse(text))['rows']).toEqual(rows);
      }),
      { numRuns: 100 },
    );
  });
});

it('works around a step as well', async () => {
  const rows = await testbed.call('transform', 'parse', { value: 'a\n1', config: { types: 'infer' } });
  expect(rows).toEqual([{ a: 1 }]);
  expect(await testbed.call('transform', 'format', { value: rows, config: {} })).toBe('a\n1\n');
});
