import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const check = async (name: string, value: Json, config: JsonObject = {}): Promise<string[]> => {
  const verdict = (await testbed.call('validator', name, { value, config })) as {
    readonly valid: boolean;
    readonly errors: readonly { readonly path: string; readonly message: string }[];
  };
  expect(verdict.valid).toBe(verdict.errors.length === 0);
  return verdict.errors.map(({ path, message }) => `${path} ${message}`);
};

describe('schema', () => {
  const schema = {
    type: 'object',
    properties: {
      rows: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            email: { type: 'string', format: 'email' },
            n: { type: 'integer', default: 1 },
            code: { type: 'string', pattern: '^[A-Z]{2}$' },
          },
          required: ['email'],
          additionalProperties: false,
        },
      },
    },
  };

  it('names each place that does not fit', async () => {
    const rows = [{ email: 'a@b.at' }, { email: 'no' }, { n: 1.5, code: 'x' }, { email: 'c@d.at', 'a key': 1 }];
    const problems = await check('schema', { rows }, { schema });
    expect(problems).toHaveLength(5);
    for (const problem of [
      '$.rows[1].email must match format',
      '$.rows[2].email is required',
      '$.rows[2].n must be integer',
      '$.rows[2].code must match pattern',
      "$.rows[3]['a key'] has an unknown key",
    ]) {
      expect(problems).toContainEqual(expect.stringContaining(problem));
    }
  });

  it('leaves the value as it is', async () => {
    const value = { rows: [{ email: 'a@b.at' }] };
    expect(await check('schema', value, { schema })).toEqual([]);
    expect(value).toEqual({ rows: [{ email: 'a@b.at' }] });
  });

  it.each<[string, JsonObject]>([
    ['recursive', { $defs: { a: { properties: { a: { $ref: '#/$defs/a' } } } }, $ref: '#/$defs/a' }],
    ['of other documents', { $ref: 'https://example.com/schema.json' }],
    ['no schema', { type: 'text' }],
    ['with a pattern that RE2 has not', { type: 'string', pattern: '(?=x)' }],
    [
      'that doubles itself',
      {
        $defs: Object.fromEntries(
          Array.from({ length: 20 }, (_, at) => [
            `d${at}`,
            at === 0 ? {} : { allOf: [{ $ref: `#/$defs/d${at - 1}` }, { $ref: `#/$defs/d${at - 1}` }] },
          ]),
        ),
        $ref: '#/$defs/d19',
      },
    ],
  ])('refuses a schema that is %s', async (_, refused) => {
    await expect(check('schema', 'x', { schema: refused })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });

  it('bounds what is compared with each other', async () => {
    const rows = Array.from({ length: 1_001 }, (_, at) => at);
    const unique = { items: { type: 'array', uniqueItems: true, maxItems: 1_000 } };
    await expect(check('schema', [rows], { schema: unique })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    const wide = { items: { anyOf: Array.from({ length: 100 }, (_, at) => ({ const: at })) } };
    await expect(
      check(
        'schema',
        Array.from({ length: 90_000 }, () => 'x'),
        { schema: wide },
      ),
    ).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
  });
});

describe('email', () => {
  it.each(['ann@example.com', 'a.b+tag@sub.example.co.uk', "o'hara@example.ie", 'jörg@bücher.example', '用户@例え.jp'])(
    'takes %s',
    async (text) => {
      expect(await check('email', text)).toEqual([]);
    },
  );

  it.each([
    '',
    'ann',
    'ann@',
    '@example.com',
    'a b@example.com',
    'ann@example',
    'ann@exa_mple.com',
    'ann@example..com',
    '.ann@example.com',
    `${'a'.repeat(65)}@example.com`,
    'Ann <ann@example.com>',
    'ann@example.com\nbcc:x@y.at',
    'a@b@example.com',
    'a'.repeat(100_000),
  ])('refuses %j', async (text) => {
    expect(await check('email', text)).toEqual(['$ is no e-mail address']);
  });

  it('takes names and plain addresses only when asked to', async () => {
    expect(await check('email', 'Ann <ann@example.com>', { display_name: true })).toEqual([]);
    expect(await check('email', 'jörg@example.com', { international: false })).toHaveLength(1);
  });

  it('looks at domains in either spelling', async () => {
    const rows = { to: ['a@bücher.example', 'b@eu.shop.example', 'c@evil.example', 4] };
    expect(
      await check('email', rows, { path: 'to[*]', allowed_domains: ['xn--bcher-kva.example', '*.shop.example'] }),
    ).toEqual(['$.to[2] has a domain that is not allowed: evil.example', '$.to[3] is a number, and has to be a text']);
    expect(await check('email', 'x@EVIL.example', { blocked_domains: ['evil.example'] })).toHaveLength(1);
  });
});

describe('range', () => {
  it.each<[Json, JsonObject, number]>([
    [5, { min: 5, max: 6 }, 0],
    [5, { min: 5, exclusive: true }, 1],
    [4.9, { min: 5 }, 1],
    ['5', { min: 5 }, 1],
    ['2026-05-01', { of: 'date', min: '2026-01-01', max: '2026-12-31' }, 0],
    ['2026-05-01T00:00:00+02:00', { of: 'date', min: '2026-05-01' }, 1],
    ['2026-02-30', { of: 'date', min: '2026-01-01' }, 1],
    ['äö😀', { of: 'length', max: 3 }, 0],
    [[1, 2], { of: 'length', min: 3 }, 1],
    [{}, { of: 'length', min: 3 }, 1],
  ])('%j within %j', async (value, config, problems) => {
    expect(await check('range', value, config)).toHaveLength(problems);
  });

  it('names the place, and refuses bounds that are none', async () => {
    const rows = [{ n: 1 }, { n: 9 }, {}];
    expect(await check('range', rows, { path: '$[*].n', max: 5 })).toEqual(['$[1].n is a value that lies above 5']);
    await expect(check('range', 1, {})).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    await expect(check('range', 1, { min: 'x' })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});

describe('regex', () => {
  it('finds, or must not find', async () => {
    expect(await check('regex', ['AT-1', 'x'], { path: '[*]', pattern: '^[A-Z]{2}-\\d+$' })).toEqual([
      '$[1] does not match ^[A-Z]{2}-\\d+$',
    ]);
    expect(await check('regex', 'at-1', { pattern: '^AT', ignore_case: true })).toEqual([]);
    expect(await check('regex', 'say <b>', { pattern: '<', not: true, message: 'has markup' })).toEqual([
      '$ has markup',
    ]);
  });

  it('takes time by the text alone, and refuses what RE2 has not', async () => {
    expect(await check('regex', 'a'.repeat(9_999), { pattern: '^(a+)+(a*)*$b' })).toHaveLength(1);
    expect(await check('regex', 'a'.repeat(10_001), { pattern: 'a' })).toHaveLength(1);
    for (const pattern of ['(?=a)', '(a)\\1', '(', '(?<!a)b']) {
      await expect(check('regex', 'a', { pattern })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    }
  });
});

describe('required, unique, type', () => {
  const order = { id: 1, note: ' ', lines: [{ sku: 'a' }, { sku: null }, {}] };

  it('asks for fields', async () => {
    expect(await check('required', order, { fields: ['id', 'lines[*].sku', 'customer.name'] })).toEqual([
      '$.lines[1].sku is required',
      '$.lines[2].sku is required',
      '$.customer.name is required',
    ]);
    expect(await check('required', order, { fields: ['note'], allow_empty: false })).toEqual(['$.note is empty']);
  });

  it('finds what is there twice', async () => {
    expect(await check('unique', [1, '1', { a: 1, b: 2 }, 1, { b: 2, a: 1 }])).toEqual([
      '$[3] is the same as item 0',
      '$[4] is the same as item 2',
    ]);
    const rows = {
      rows: [
        { c: 'AT', n: 1 },
        { c: 'DE', n: 1 },
        { c: 'AT', n: 1 },
      ],
    };
    expect(await check('unique', rows, { path: 'rows', by: ['c', 'n'] })).toEqual(['$.rows[2] is the same as item 0']);
  });

  it('looks at types', async () => {
    const value = { n: 1.5, d: '2026-02-29', t: '2026-02-28T12:00Z', u: 'https://example.com', x: null, id: 'no' };
    const fields = {
      n: 'integer',
      d: 'date',
      t: 'date_time',
      u: 'url',
      x: ['text', 'null'],
      id: 'uuid',
      missing: 'text',
    };
    expect(await check('type', value, { fields })).toEqual([
      '$.n is a number, and has to be integer',
      '$.d is a text, and has to be date',
      '$.id is a text, and has to be uuid',
    ]);
  });

  it('stops at a hundred problems', async () => {
    const rows = Array.from({ length: 500 }, () => ({}));
    expect(await check('required', rows, { fields: ['$[*].id'] })).toHaveLength(101);
  });
});

describe('check, is_valid', () => {
  const checks = [
    { check: 'required', with: { fields: ['email'] } },
    { check: 'email', with: { path: 'email' } },
  ];

  it('tells all that is wrong', async () => {
    expect(await testbed.step('check', { value: { email: 'x' }, checks })).toEqual({
      valid: false,
      errors: [{ path: '$.email', message: 'is no e-mail address' }],
    });
    const wrong = [{ check: 'regex', with: {} }];
    await expect(testbed.step('check', { value: 1, checks: wrong })).rejects.toThrow('check "regex" is not valid');
  });

  it('looks at the output of the step that ended', async () => {
    const holds = (output: Json) =>
      testbed.call('condition', 'is_valid', {
        config: { checks },
        parameters: {},
        step: { id: 'a', status: 'succeeded', output, error: null },
      });
    expect(await holds({ email: 'ann@example.com' })).toBe(true);
    expect(await holds({})).toBe(false);
  });
});
