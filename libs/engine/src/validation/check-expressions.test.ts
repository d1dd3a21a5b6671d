import type { JsonObject } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { validatePipeline, type ValidatePipelineOptions } from './validate-pipeline.ts';

const findings = (definition: JsonObject, options?: ValidatePipelineOptions): string[] =>
  validatePipeline({ name: 'test', ...definition }, options).diagnostics.map(
    ({ severity, code, path }) => `${severity} ${code.replace('IA_PIPELINE_', '')} ${path}`,
  );
const task = (extra: JsonObject = {}): JsonObject => ({ id: 'a', uses: 'x.y', timeout: '1s', ...extra });

describe('items', () => {
  it('are there only for what is done for each of them', () => {
    const mapped = task({
      for_each: { items: [[1], [2]], for_each: { items: '{{ item }}' } },
      with: { n: '{{ item + index + index_path[0] }}' },
      transform: [{ uses: 'x.t', with: { n: '{{ item }}' } }],
      cache: { key: '{{ item }}', ttl: '1h' },
      concurrency: { key: '{{ index }}' },
      on_error: 'compensate',
      compensate: { uses: 'x.u', with: { id: '{{ steps.a.output.id }}', item: '{{ item_path }}' } },
    });
    expect(findings({ steps: [mapped] })).toEqual([]);
    expect(
      findings({
        steps: [task({ for_each: { items: '{{ item }}' } }), { ...task({ with: { n: '{{ index }}' } }), id: 'b' }],
        outputs: { n: '{{ item_path }}', own: '{{ [1].map(item, item) }}' },
      }),
    ).toEqual([
      'error REFERENCE $.steps[0].for_each.items',
      'error REFERENCE $.steps[1].with.n',
      'error REFERENCE $.outputs.n',
    ]);
  });
});

describe('secrets', () => {
  const secret = '{{ secrets.TOKEN }}';

  it('may stand in what is handed to plugins', () => {
    const step = task({
      with: { headers: { authorization: `Bearer ${secret}` } },
      validate: [{ uses: 'x.v', with: { key: secret } }],
      on_error: 'compensate',
      compensate: { uses: 'x.u', with: { key: secret } },
    });
    const called = [{ uses: 'x.h', with: { token: secret } }];
    const condition = { type: 'plugin', plugin: 'x.c', config: { key: `k ${secret}` } };
    const flow = { transitions: [{ from: 'a', to: 'b', condition: { type: 'not', condition } }] };
    const steps = [step, { ...task(), id: 'b' }];
    expect(findings({ steps, flow, hooks: called, reporters: called, exporters: called })).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    [
      'a condition',
      { flow: { transitions: [{ from: 'a', to: 'b', condition: 'secrets.TOKEN == "x"' }] } },
      '$.flow.transitions[0].condition',
    ],
    ['outputs', { outputs: { x: secret } }, '$.outputs.x'],
    ['a cache key', { steps: [task({ cache: { key: secret, ttl: '1h' } })] }, '$.steps[0].cache.key'],
    ['a concurrency key', { steps: [task({ concurrency: { key: secret } })] }, '$.steps[0].concurrency.key'],
    ['a core step', { steps: [task({ uses: 'core.noop', timeout: '1s', with: { x: secret } })] }, '$.steps[0].with.x'],
    ['a sub-pipeline', { steps: [task({ uses: 'pipeline:x', with: { x: secret } })] }, '$.steps[0].with.x'],
    ['a larger expression', { steps: [task({ with: { x: '{{ secrets.TOKEN + "x" }}' } })] }, '$.steps[0].with.x'],
    [
      'a step whose input is transformed',
      { steps: [task({ with: { x: secret }, transform: [{ uses: 'x.t', at: 'input' }] })] },
      '$.steps[0].with.x',
    ],
  ])('may not stand in %s', (_, extra, path) => {
    const steps = [task(), { ...task(), id: 'b' }];
    expect(findings({ steps, ...extra })).toContain(`error SECRET ${path}`);
  });

  it('are all that reporters and exporters may be given beside plain values', () => {
    const reporters = [{ uses: 'x.r', with: { to: '{{ parameters.x }}' } }];
    const exporters = [{ uses: 'x.e', with: { list: [`${secret} {{ run.id }}`] } }];
    expect(findings({ steps: [task()], reporters, exporters })).toEqual([
      'error IA_EXPRESSION_INVALID $.reporters[0].with.to',
      'error IA_EXPRESSION_INVALID $.exporters[0].with.list[0]',
    ]);
  });

  it('are known by name, when the names are known, and kept out of what is written down', () => {
    const steps = [task({ with: { url: 'https://x.y/?token={{ secrets.TOKNE }}', list: ['{{ secrets["TOKEN"] }}'] } })];
    expect(findings({ steps }, { secrets: ['TOKEN'] })).toEqual([
      'error SECRET $.steps[0].with.url',
      'warning LOGGED_SECRET $.steps[0].with.url',
    ]);
  });
});

describe('conditions', () => {
  const condition = (value: JsonObject | string): string[] =>
    findings({
      parameters: {
        type: 'object',
        properties: { n: { type: 'number' }, t: { type: 'string' } },
        additionalProperties: true,
      },
      steps: [task({ with: { n: '{{ parameters.n }}', t: '{{ parameters.t }}' } }), { ...task(), id: 'b' }],
      flow: { transitions: [{ from: 'a', to: 'b', condition: value }] },
    }).map((line) => line.replace('$.flow.transitions[0].condition', '@'));

  it('are checked part by part', () => {
    const parts = [
      { type: 'expression', source: 'steps.z.output.n', operator: 'equals', value: 1 },
      { type: 'not', condition: { type: 'expression', source: 'steps.a.output.n >', operator: 'exists' } },
      { type: 'expression', source: 'steps.a.output.n', operator: 'in', value: 5 },
      { type: 'expression', source: 'steps.a.output.n', operator: 'matches', value: '(' },
      { type: 'expression', source: 'steps.a.output.n', operator: 'equals' },
      { type: 'parameter', name: 'n', operator: 'exists', value: 1 },
      { type: 'plugin', plugin: 'core.noop', config: { x: '{{ steps.b.output }}' } },
      { type: 'default' },
    ];
    const found = condition({ type: 'all', conditions: parts });
    expect(new Set(found)).toEqual(
      new Set([
        'error REFERENCE @.conditions[0].source',
        'error IA_EXPRESSION_INVALID @.conditions[1].condition.source',
        'error TYPE @.conditions[2].value',
        'error IA_EXPRESSION_INVALID @.conditions[3].value',
        'error IA_EXPRESSION_INVALID @.conditions[4].operator',
        'error TYPE @.conditions[5].value',
        'error UNKNOWN_USES @.conditions[6].plugin',
        'error REFERENCE @.conditions[6].config.x',
        'error DEFAULT @.conditions[7]',
      ]),
    );
  });

  it('may ask for a field that is never there', () => {
    const reading = (source: string): string[] =>
      findings({
        steps: [
          { id: 'a', uses: 'core.noop', with: { n: 1 } },
          { ...task(), id: 'b' },
        ],
        flow: { transitions: [{ from: 'a', to: 'b', condition: source }] },
      });
    expect(reading('has(steps.a.output.m) ? steps.a.output.m > 1 : false')).toEqual([]);
    expect(reading('steps.a.output.m > 1')).toEqual(['error TYPE $.flow.transitions[0].condition']);
  });

  it('have types that can fit and patterns that can be read', () => {
    expect(condition('parameters.n > "a"')).toEqual(['error TYPE @']);
    expect(condition('parameters.t.matches("(")')).toEqual(['error IA_EXPRESSION_INVALID @']);
    expect(condition("parameters.t.matches(r'^\\d+$')")).toEqual([]);
    expect(condition('parameters.t.matches("^\\\\d+$") && parameters.n > 1')).toEqual([]);
  });
});

describe('what is mapped over', () => {
  it('is a list, as far as that is known', () => {
    const over = (items: string): string[] =>
      findings({
        parameters: { type: 'object', properties: { n: { type: 'number' }, rows: { type: 'array' }, any: {} } },
        steps: [task({ for_each: { items }, with: { all: '{{ parameters }}' } }), { id: 'b', uses: 'human.approval' }],
        flow: { start_at: 'b', transitions: [{ from: 'b', to: 'a' }] },
      });
    for (const items of [
      '{{ parameters.rows }}',
      '{{ parameters.any }}',
      '{{ [1] }}',
      '{{ steps.b.output.decisions }}',
    ]) {
      expect(over(items)).toEqual([]);
    }
    for (const items of ["{{ 'abc' }}", '{{ 1 + 2 }}', '{{ parameters.n }}', '{{ steps.b.output.approved }}']) {
      expect(over(items)).toEqual(['error ITEMS $.steps[0].for_each.items']);
    }
  });
});

describe('parameters', () => {
  const withParameters = (text: string, extra: JsonObject = {}): string[] =>
    findings({
      parameters: { type: 'object', properties: { a: {}, b: {} } },
      steps: [task({ with: { text } })],
      ...extra,
    });

  it('are used', () => {
    expect(withParameters('{{ parameters.a }}')).toEqual(['warning UNUSED_PARAMETER $.parameters.properties.b']);
    expect(withParameters('{{ parameters.a }} {{ parameters["b"] }}')).toEqual([]);
    expect(withParameters('{{ parameters }}')).toEqual([]);
    expect(withParameters('{{ parameters.a + }}')).toEqual(['error IA_EXPRESSION_INVALID $.steps[0].with.text']);
    const asked = { type: 'plugin', plugin: 'x.c' };
    expect(
      withParameters('', {
        flow: { transitions: [{ from: 'a', to: 'a', condition: asked, loop: { max_iterations: 2 } }] },
      }),
    ).toEqual([]);
  });

  it('are declared with keywords that exist', () => {
    const schema = { tpye: 'string', 'x-order': 1, items: { defualt: 1 }, purpose: 'search' };
    const parameters = { type: 'object', properties: { a: schema } };
    expect(withParameters('{{ parameters.a }}', { parameters })).toEqual([
      'warning PARAMETERS $.parameters.properties.a.tpye',
      'warning PARAMETERS $.parameters.properties.a.items.defualt',
    ]);
  });

  it('have defaults that can take effect', () => {
    const parameters = { type: 'object', properties: { a: { default: 1 } }, required: ['a'] };
    expect(withParameters('{{ parameters.a }}', { parameters })).toEqual([
      'warning SHADOWED_DEFAULT $.parameters.properties.a.default',
    ]);
  });
});
