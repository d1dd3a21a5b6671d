import type { JsonObject } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { MAX_TEXT_CHARS } from '../definition/parse-pipeline-text.ts';
import type { StepCatalog } from '../ports/step-catalog.ts';
import { validatePipeline, type ValidatePipelineOptions } from './validate-pipeline.ts';

const noop = (id: string, extra: JsonObject = {}): JsonObject => ({ id, uses: 'core.noop', ...extra });

const check = (pipeline: JsonObject, options?: ValidatePipelineOptions) =>
  validatePipeline({ name: 'test', ...pipeline }, options).diagnostics;
const summary = (pipeline: JsonObject, options?: ValidatePipelineOptions) =>
  check(pipeline, options).map(({ code, path }) => `${code} ${path}`);
const inText = (text: string, format?: 'json' | 'jsonc') =>
  validatePipeline(text, format ? { format } : {}).diagnostics;

const flow = (...transitions: JsonObject[]): JsonObject => ({ transitions });
const valid = { steps: [noop('a'), noop('b')], flow: flow({ from: 'a', to: 'b' }) };

it('returns the definition when nothing is wrong', () => {
  const { definition, diagnostics } = validatePipeline({ name: 'test', ...valid });
  expect(diagnostics).toEqual([]);
  expect(definition).toMatchObject({ name: 'test' });
});

describe('text', () => {
  it('places findings by line and column', () => {
    const text = '{\n  "name": "x",\n  "steps": [\n    { "id": "a", "uses": "core.noop", "tiemout": "5s" }\n  ]\n}';
    expect(inText(text)).toMatchObject([
      {
        code: 'IA_PIPELINE_UNKNOWN_KEY',
        line: 4,
        column: 50,
        path: '$.steps[0].tiemout',
        hint: "Did you mean 'timeout'?",
      },
    ]);
  });

  it('is strict in .json and lenient in .jsonc', () => {
    const text = '{ // comment\n "name": "x", "steps": [{"id": "a", "uses": "core.noop"}], }';
    expect(inText(text).every(({ code }) => code === 'IA_PIPELINE_SYNTAX')).toBe(true);
    expect(inText(text)[0]?.hint).toContain('.jsonc');
    expect(inText(text, 'jsonc')).toEqual([]);
  });

  it('says what else is no JSON', () => {
    expect(inText('name: x\nsteps:\n  - id: a')[0]).toMatchObject({
      code: 'IA_PIPELINE_SYNTAX',
      hint: expect.stringContaining('YAML'),
    });
  });

  it('takes a byte order mark with an info', () => {
    const { definition, diagnostics } = validatePipeline(`\uFEFF${JSON.stringify({ name: 'x', ...valid })}`);
    expect(definition).toBeDefined();
    expect(diagnostics).toMatchObject([{ code: 'IA_PIPELINE_BOM', severity: 'info' }]);
  });

  it.each([
    ['nothing', '', 'IA_PIPELINE_SYNTAX'],
    ['half an object', '{"name": "x"', 'IA_PIPELINE_SYNTAX'],
    ['another value', '42', 'IA_PIPELINE_SHAPE'],
    [
      'a key twice',
      '{"name": "x", "name": "y", "steps": [{"id": "a", "uses": "core.noop"}]}',
      'IA_PIPELINE_DUPLICATE_KEY',
    ],
    ['__proto__', '{"name": "x", "__proto__": {}, "steps": []}', 'IA_PIPELINE_UNSAFE_KEY'],
    ['brackets in strings', `{"name": "${'['.repeat(500)}\\"${'{'.repeat(500)}"}`, 'IA_PIPELINE_SHAPE'],
    ['a million brackets', '['.repeat(1_000_000), 'IA_PIPELINE_TOO_DEEP'],
    ['too many values', `[${'1,'.repeat(1_100_000)}1]`, 'IA_PIPELINE_TOO_LARGE'],
    ['too much', `"${'x'.repeat(MAX_TEXT_CHARS)}"`, 'IA_PIPELINE_TOO_LARGE'],
  ])('refuses %s', (_, text, code) => {
    const { definition, diagnostics } = validatePipeline(text);
    expect(definition).toBeUndefined();
    expect(diagnostics[0]?.code).toBe(code);
  });
});

describe('texts', () => {
  const named = (text: string): string =>
    `{"name": "x", "steps": [{"id": "a", "uses": "core.noop", "with": {"t": ${text}}}]}`;

  it.each([
    ['half a surrogate pair', named('"\\ud800"'), 'error IA_PIPELINE_TEXT $.steps[0].with.t'],
    ['a replaced byte', named('"\uFFFD"'), 'warning IA_PIPELINE_TEXT $.steps[0].with.t'],
    ['a number that is too large', named('1e999'), 'error IA_PIPELINE_SHAPE $.steps[0].with.t'],
    ['a whole pair', named('"\\ud83d\\ude00"'), undefined],
    ['colons in texts', named('"a:b"'), undefined],
  ])('with %s', (_, text, expected) => {
    const found = inText(text).map(({ severity, code, path }) => `${severity} ${code} ${path}`);
    expect(found).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('values', () => {
  it('refuses what is no object', () => {
    for (const value of [undefined, null, 5])
      expect(validatePipeline(value).diagnostics).toMatchObject([{ code: 'IA_PIPELINE_SHAPE', line: null }]);
  });

  it('refuses a value that contains itself, or reaches into a prototype', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(validatePipeline(circular).diagnostics).toMatchObject([{ code: 'IA_PIPELINE_TOO_DEEP' }]);
    const polluted: unknown = JSON.parse(
      '{"name": "x", "steps": [{"id": "a", "uses": "core.noop", "with": {"__proto__": {"x": 1}}}]}',
    );
    expect(validatePipeline(polluted).diagnostics).toMatchObject([{ code: 'IA_PIPELINE_UNSAFE_KEY' }]);
  });
});

describe('steps', () => {
  it('finds ids that stand twice and durations that can not be read', () => {
    expect(
      summary({
        steps: [
          { id: 'a', uses: 'demo.x', timeout: '5 minutes', retry: { initial_delay: 'x', max_delay: '1h' } },
          { id: 'a', uses: 'demo.x', timeout: '0s' },
        ],
      }),
    ).toEqual([
      'IA_PIPELINE_DURATION $.steps[0].timeout',
      'IA_PIPELINE_DURATION $.steps[0].retry.initial_delay',
      'IA_PIPELINE_DUPLICATE_STEP $.steps[1].id',
      'IA_PIPELINE_DURATION $.steps[1].timeout',
    ]);
  });

  const catalog: StepCatalog = {
    find: (uses) =>
      uses === 'http.request'
        ? {
            input: {
              type: 'object',
              properties: { url: { type: 'string' }, method: { enum: ['GET', 'POST'] } },
              required: ['url'],
              additionalProperties: false,
            },
          }
        : uses === 'odd.schema'
          ? { input: { type: 'nonsense' } }
          : undefined,
    names: () => ['http.request', 'odd.schema'],
  };

  it('checks what a step uses against the catalogue', () => {
    const steps = [
      { id: 'a', uses: 'http.requst', with: {} },
      { id: 'b', uses: '@community/weather#forecast' },
      { id: 'c', uses: './x.ts#X' },
      { id: 'd', uses: 'core.nop' },
      { id: 'e', uses: 'what is this' },
      { id: 'f', uses: 'odd.schema' },
      { id: 'g', uses: 'w.forecast' },
    ].map((step) => ({ ...step, max_duration: '1m' }));
    const diagnostics = check({ plugins: { w: '@community/weather@^1' }, steps }, { catalog });
    expect(diagnostics.map(({ path, hint }) => [path, hint])).toEqual([
      ['$.steps[0].uses', "Did you mean 'http.request'?"],
      ['$.steps[1].uses', 'Install the plugin @community/weather first.'],
      ['$.steps[3].uses', "Did you mean 'core.noop'?"],
      ['$.steps[4].uses', expect.stringContaining('alias.step')],
      ['$.steps[6].uses', 'Install the plugin @community/weather first.'],
    ]);
    expect(summary({ steps: [{ id: 'a', uses: 'any.thing', timeout: '1s' }] })).toEqual([]);
  });

  it('checks the input, as far as it is known before the run', () => {
    const steps = [
      { id: 'a', uses: 'http.request', timeout: '1s', with: { method: 'GETT', ulr: 'x' } },
      { id: 'b', uses: 'http.request', timeout: '1s', with: { url: '{{ run.id }}', method: '{{ run.id }}' } },
      { id: 'c', uses: 'core.wait', with: { until: 5 } },
    ];
    expect(summary({ steps }, { catalog })).toEqual([
      'IA_PIPELINE_WITH $.steps[0].with.url',
      'IA_PIPELINE_WITH $.steps[0].with.ulr',
      'IA_PIPELINE_WITH $.steps[0].with.method',
      'IA_PIPELINE_WITH $.steps[2].with.until',
    ]);
  });

  it('finds waits that would never end well', () => {
    const waits = [
      { duration: 'soon' },
      { until: 'tomorrow' },
      { duration: '{{ run.id }}' },
      { until: '2026-12-24T18:00Z' },
    ];
    const steps = waits.map((input, index) => ({ id: `w${index}`, uses: 'core.wait', with: input }));
    expect(summary({ steps })).toEqual([
      'IA_PIPELINE_DURATION $.steps[0].with.duration',
      'IA_PIPELINE_WITH $.steps[1].with.until',
    ]);
  });

  it('refuses settings that mean nothing on a core step', () => {
    expect(
      summary({ steps: [noop('a', { retry: {}, timeout: '5s' }), { id: 'f', uses: 'core.fail', retry: {} }] }),
    ).toEqual(['IA_PIPELINE_UNSUPPORTED $.steps[0].timeout', 'IA_PIPELINE_UNSUPPORTED $.steps[0].retry']);
  });

  it('refuses on_unknown where nothing can get lost', () => {
    const step = { on_unknown: 'ask', timeout: '1s' };
    expect(
      summary({
        steps: [
          noop('a', { on_unknown: 'ask' }),
          noop('undone', { on_unknown: 'fail', compensate: { uses: 'test.undo' } }),
          { id: 'ok', uses: 'human.approval', on_unknown: 'repeat' },
          { id: 'pay', uses: 'test.pay', ...step },
          { id: 'odd', uses: 'test.pay', ...step, on_unknown: 'never' },
        ],
        flow: { on_failure: 'compensate' },
      }),
    ).toEqual(['IA_PIPELINE_SHAPE $.steps[4].on_unknown']);
    expect(
      summary({
        steps: [
          noop('a', { on_unknown: 'ask' }),
          noop('undone', { on_unknown: 'fail', compensate: { uses: 'test.undo' } }),
          { id: 'ok', uses: 'human.approval', on_unknown: 'repeat' },
          { id: 'pay', uses: 'test.pay', ...step },
        ],
        flow: { on_failure: 'compensate' },
      }),
    ).toEqual(['IA_PIPELINE_UNSUPPORTED $.steps[0].on_unknown', 'IA_PIPELINE_UNSUPPORTED $.steps[2].on_unknown']);
  });

  it('checks plugin aliases', () => {
    expect(
      summary({
        ...valid,
        steps: [noop('a', { timeout: '1s' })],
        flow: {},
        plugins: { core: '@a/b@1', bad: 'Not A Package' },
      }),
    ).toEqual(['IA_PIPELINE_SHAPE $.plugins.core', 'IA_PIPELINE_SHAPE $.plugins.bad']);
  });
});

describe('flow', () => {
  it('finds references to steps that do not exist', () => {
    const diagnostics = check({
      steps: [noop('fetch')],
      flow: { start_at: ['fetch', 'fecth'], ...flow({ from: 'fetch', to: 'score' }) },
    });
    expect(diagnostics).toMatchObject([
      { code: 'IA_PIPELINE_UNKNOWN_STEP', path: '$.flow.start_at[1]', hint: "Did you mean 'fetch'?" },
      { code: 'IA_PIPELINE_UNKNOWN_STEP', path: '$.flow.transitions[0].to', hint: null },
    ]);
    expect(summary({ ...valid, flow: { start_at: 'x' } })[0]).toBe('IA_PIPELINE_UNKNOWN_STEP $.flow.start_at');
  });

  it('names the steps of a cycle', () => {
    const steps = ['a', 'b', 'c', 'd'].map((id) => noop(id));
    const [diagnostic] = check({
      steps,
      flow: flow({ from: 'a', to: 'b' }, { from: 'b', to: 'c' }, { from: 'c', to: 'd' }, { from: 'd', to: 'b' }),
    });
    expect(diagnostic?.code).toBe('IA_PIPELINE_CYCLE');
    expect(diagnostic?.message).toMatch(/b → c → d → b|c → d → b → c|d → b → c → d/);
    const ring = Array.from({ length: 20 }, (_, index) => ({ from: `s${index}`, to: `s${(index + 1) % 20}` }));
    expect(check({ steps: ring.map(({ from }) => noop(from)), flow: flow(...ring) })[0]?.message).toContain('…');
    expect(check({ steps: [noop('a')], flow: flow({ from: 'a', to: 'a' }) })[0]?.message).toContain('a → a');
  });

  it('refuses steps that can not be reached', () => {
    expect(check({ ...valid, flow: { start_at: 'a' } })).toMatchObject([
      { code: 'IA_PIPELINE_UNREACHABLE', severity: 'error', path: '$.steps[1]' },
    ]);
  });

  it('checks joins, defaults, doubles and error transitions', () => {
    const found = summary({
      steps: [noop('a', { fallback: 1 }), noop('b', { join: { at_least: 9 } }), noop('c', { cancel_rest: true })],
      flow: {
        max_duration: 'long',
        ...flow(
          { from: 'a', to: 'b', default: true },
          { from: 'a', to: 'c', condition: { type: 'default' } },
          { from: 'a', to: 'c', default: true, condition: 'run.id == "x"' },
          { from: 'a', to: 'c', on: 'error' },
          { from: 'b', to: 'c' },
          { from: 'b', to: 'c' },
        ),
      },
    });
    expect(found.sort()).toEqual([
      'IA_PIPELINE_DEFAULT $.flow.transitions[1]',
      'IA_PIPELINE_DEFAULT $.flow.transitions[2]',
      'IA_PIPELINE_DEFAULT $.flow.transitions[2].condition',
      'IA_PIPELINE_DUPLICATE_TRANSITION $.flow.transitions[5]',
      'IA_PIPELINE_DURATION $.flow.max_duration',
      'IA_PIPELINE_ERROR_TRANSITION $.flow.transitions[3]',
      'IA_PIPELINE_JOIN $.steps[1].join.at_least',
      'IA_PIPELINE_JOIN $.steps[2].cancel_rest',
    ]);
  });
});

describe('expressions', () => {
  const reading = (text: string, extra: JsonObject = {}) =>
    check({
      steps: [noop('a', { with: { x: 1 } }), noop('b', { with: { x: text } }), noop('c')],
      flow: flow({ from: 'a', to: 'b' }, { from: 'b', to: 'c' }),
      ...extra,
    });

  it.each([
    ['{{ steps.a.output.x }}', []],
    ['{{ steps.c.output }}', ['IA_PIPELINE_REFERENCE']],
    ['{{ steps.b.output }}', ['IA_PIPELINE_REFERENCE']],
    ['{{ steps.z.output }}', ['IA_PIPELINE_REFERENCE']],
    ['{{ steps.a.outputs }}', ['IA_PIPELINE_REFERENCE']],
    ['{{ steps.a.rows }}', ['IA_PIPELINE_REFERENCE']],
    ['{{ steps }}', ['IA_PIPELINE_REFERENCE']],
    ['{{ parameters.q }}', ['IA_PIPELINE_UNKNOWN_PARAMETER']],
    ['{{ nonsense }}', ['IA_EXPRESSION_INVALID']],
    ['{{ secrets.token }}', ['IA_PIPELINE_SECRET']],
    ['{{ a', ['IA_EXPRESSION_INVALID']],
  ])('checks %s', (text, codes) => {
    expect(reading(text).map(({ code }) => code)).toEqual(codes);
  });

  it('hints at misspelt parameters and lets open declarations be', () => {
    const parameters = { type: 'object', properties: { query: {} } };
    expect(reading('{{ parameters.qurey }}', { parameters })).toMatchObject([{ hint: "Did you mean 'query'?" }]);
    const open = { ...parameters, additionalProperties: true };
    expect(reading('{{ parameters.qurey + parameters.query }}', { parameters: open })).toEqual([]);
  });

  it('checks conditions, and warns of constant ones', () => {
    const steps = [noop('a', { with: { n: 1 } }), noop('b')];
    const conditions = (condition: JsonObject | string) =>
      check({ steps, flow: flow({ from: 'a', to: 'b', condition }) }).map(({ code }) => code);
    expect(conditions('steps.a.output.n > 1')).toEqual([]);
    expect(conditions('steps.b.output.n > 1')).toEqual(['IA_PIPELINE_REFERENCE']);
    expect(conditions('1 >')).toEqual(['IA_EXPRESSION_INVALID']);
    expect(conditions('1 > 2')).toEqual(['IA_PIPELINE_CONSTANT_CONDITION']);
    expect(conditions({ type: 'not', condition: { type: 'always' } })).toEqual(['IA_PIPELINE_CONSTANT_CONDITION']);
    expect(conditions({ type: 'always' })).toEqual([]);
    expect(
      check({ steps: [noop('a')], flow: flow({ from: 'x', to: 'a', condition: 'steps.a.output.n > 1' }) }),
    ).toHaveLength(1);
  });

  it('warns of outputs that may be missing, unless they are guarded', () => {
    const steps = [
      noop('a'),
      noop('left'),
      noop('right'),
      noop('join', { with: { x: '{{ steps.left.output }}', y: '{{ has(steps.right.output) ? 1 : 0 }}' } }),
    ];
    const branches = flow(
      { from: 'a', to: 'left', condition: 'run.id == "x"' },
      { from: 'a', to: 'right' },
      { from: 'left', to: 'join' },
      { from: 'right', to: 'join' },
    );
    expect(
      check({
        steps,
        flow: branches,
        outputs: { sure: '{{ steps.right.output }}', maybe: '{{ steps.left.output }}' },
      }).map(({ code, path }) => `${code} ${path}`),
    ).toEqual(['IA_PIPELINE_MAYBE_MISSING $.steps[3].with.x', 'IA_PIPELINE_MAYBE_MISSING $.outputs.maybe']);
  });

  it('knows that a fork without conditions comes together', () => {
    const steps = [noop('a'), noop('left'), noop('right'), noop('join', { with: { x: '{{ steps.left.output }}' } })];
    const fork = flow(
      { from: 'a', to: 'left' },
      { from: 'a', to: 'right' },
      { from: 'left', to: 'join' },
      { from: 'right', to: 'join' },
    );
    expect(check({ steps, flow: fork })).toEqual([]);
    const risky = steps.map((step) => (step['id'] === 'left' ? { ...step, on_error: 'continue' } : step));
    expect(check({ steps: risky, flow: fork }).map(({ code }) => code)).toEqual(['IA_PIPELINE_MAYBE_MISSING']);
  });
});

describe('parameters', () => {
  it.each([
    [{ type: 'array' }, '$.parameters.type'],
    [{ type: 'object', properties: { n: { pattern: '(' } } }, '$.parameters.properties.n.pattern'],
    [
      { type: 'object', properties: { n: { $ref: 'https://example.org/remote.json' } } },
      '$.parameters.properties.n["$ref"]',
    ],
    [{ type: 'object', properties: { n: { type: 'nonsense' } } }, '$.parameters.properties.n.type'],
    [{ type: 'object', properties: { n: { $ref: '#/$defs/n' } } }, '$.parameters.properties.n["$ref"]'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }, '$.parameters["$schema"]'],
    [
      { type: 'object', properties: { n: { patternProperties: { '(': {} } } } },
      '$.parameters.properties.n.patternProperties["("]',
    ],
    [{ type: 'object', properties: { n: { enum: [] } } }, '$.parameters.properties.n.enum'],
    [{ type: 'object', properties: { n: { nullable: true } } }, '$.parameters'],
    [{ type: 'object', properties: { n: { formatMinimum: '2020-01-01' } } }, '$.parameters'],
    [{ type: 'object', properties: { n: { $anchor: 'x' }, m: { $anchor: 'x' } } }, '$.parameters'],
    [
      { type: 'object', properties: Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [n, {}])) },
      '$.parameters',
    ],
    [{ type: 'object', properties: { n: {} }, required: ['n', 'm'] }, '$.parameters.required[1]'],
    [{ type: 'object', properties: { n: { type: 'number', default: 'x' } } }, '$.parameters.properties.n.default'],
  ])('refuses %j', (parameters, path) => {
    const steps = [noop('a', { with: { all: '{{ parameters }}' } }), noop('b')];
    expect(summary({ ...valid, steps, parameters })).toEqual([`IA_PIPELINE_PARAMETERS ${path}`]);
  });

  it.each([
    { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
    { type: 'object', properties: { id: { type: 'string', nullable: true }, enum: { enum: ['a'] } } },
  ])('takes %j', (parameters) => {
    expect(
      summary({ ...valid, steps: [noop('a', { with: { all: '{{ parameters }}' } }), noop('b')], parameters }),
    ).toEqual([]);
  });

  it('takes a declaration whose defaults fit', () => {
    const steps = [noop('a', { with: { n: '{{ parameters.n }}', open: '{{ parameters.open }}' } }), noop('b')];
    const properties = { n: { type: 'number', default: 1 }, open: true };
    expect(summary({ ...valid, steps, parameters: { type: 'object', properties } })).toEqual([]);
    expect(summary({ ...valid, parameters: {} })).toEqual([]);
  });
});

it('stays quick and certain of nothing when a pipeline is very large', () => {
  const ids = Array.from({ length: 2_500 }, (_, index) => `s${index}`);
  const steps = ids.map((id, index) =>
    noop(id, index === 0 ? {} : { with: { x: `{{ steps.s${index - 1}.output }}` } }),
  );
  expect(check({ steps, flow: flow(...ids.slice(1).map((to, index) => ({ from: `s${index}`, to }))) })).toEqual([]);
});
