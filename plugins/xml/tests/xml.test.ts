import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const parse = (value: string, config: JsonObject = {}) => testbed.call('transform', 'parse', { value, config });
const format = (value: Json, config: JsonObject = {}) =>
  testbed.call('transform', 'format', { value, config: { declaration: false, ...config } });

describe('parse', () => {
  it('reads elements, attributes, texts and CDATA', async () => {
    const text = `<?xml version="1.0"?>
      <!-- a comment -->
      <order id="7"><line sku="a">one</line><line>two &amp; &lt;x&gt; &#8364;</line>
        <note><![CDATA[<b>raw</b>]]></note><empty/></order>`;
    expect(await parse(text)).toEqual({
      order: { '@id': '7', line: [{ '@sku': 'a', '#text': 'one' }, 'two & <x> €'], note: '<b>raw</b>', empty: '' },
    });
  });

  it('makes lists, values and short names when asked to', async () => {
    const text = '<s:a xmlns:s="urn:x"><s:row n="1">2.5</s:row><s:zip>007</s:zip><s:ok>true</s:ok></s:a>';
    expect(await parse(text, { lists: ['row'], types: 'infer', strip_prefixes: true })).toEqual({
      a: { row: [{ '@n': 1, '#text': 2.5 }], zip: '007', ok: true },
    });
  });

  const lol = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('');
  it.each([
    ['entities that grow', `<!DOCTYPE l [<!ENTITY l0 "lol">${lol}]><l>&l9;</l>`],
    ['entities that read files', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['parameter entities', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]><a/>'],
    ['a DTD elsewhere', '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>'],
  ])('refuses %s', async (_, text) => {
    await expect(parse(text)).rejects.toThrow('a document with a DTD is refused');
  });

  it.each([
    '<a>&x;</a>',
    '<a>',
    '<a></b>',
    '<a b="1" b="2"/>',
    '<a/><b/>',
    'text',
    '',
    '<a b=1/>',
    '<a>&#0;</a>',
    '<a><![CDATA[x</a>',
  ])('refuses %j', async (text) => {
    await expect(parse(text)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT', details: { line: expect.any(Number) } });
  });

  it('bounds depth, elements and length', async () => {
    await expect(parse('<a>'.repeat(100_000))).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    await expect(parse(`<a>${'<b/>'.repeat(100_001)}</a>`)).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    await expect(parse(`<a>${'x'.repeat(4_200_000)}</a>`)).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });

  it('reaches no prototype', async () => {
    await parse('<__proto__><polluted>1</polluted></__proto__>');
    await parse('<a __proto__="1"><constructor><prototype><polluted>1</polluted></prototype></constructor></a>');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('format', () => {
  it('writes elements, attributes and texts', async () => {
    const order = { order: { '@id': 7, line: [{ '@sku': 'a"', '#text': '1 < 2' }, 'x & y'], empty: null, ok: true } };
    expect(await format(order)).toBe(
      '<order id="7"><line sku="a&quot;">1 &lt; 2</line><line>x &amp; y</line><empty/><ok>true</ok></order>',
    );
    expect(await format({ a: { b: 1 } }, { indent: 2, declaration: true })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<a>\n  <b>1</b>\n</a>\n',
    );
  });

  it.each<[string, Json]>([
    ['several outermost elements', { a: 1, b: 2 }],
    ['a list of them', { a: [1, 2] }],
    ['names that are none', { 'a b': 1 }],
    ['markup in names', { 'a><b': 1 }],
    ['markup in attributes', { a: { '@x="1" y': 'z' } }],
    ['control characters', { a: '\u0000' }],
    ['half a character', { a: '\uD800' }],
  ])('refuses %s', async (_, value) => {
    await expect(format(value)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });

  it('is read again as it was', async () => {
    const name = fc.stringMatching(/^[a-z]{1,5}$/);
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '<', '>', '&', '"', "'", '€', ';', ']', 'é') });
    const element = fc.dictionary(name, fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 3 })), {
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(element, async (fields) => {
        const value = Object.keys(fields).length === 0 ? { root: '' } : { root: fields };
        expect(await parse((await format(value)) as string)).toEqual(value);
      }),
      { numRuns: 100 },
    );
  });
});
