import type { JsonObject } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { validatePipeline } from './validate-pipeline.ts';

const noop = (id: string, extra: JsonObject = {}): JsonObject => ({ id, uses: 'core.noop', ...extra });
const check = (pipeline: JsonObject) => validatePipeline({ name: 'test', ...pipeline }).diagnostics;
const summary = (pipeline: JsonObject) => check(pipeline).map(({ code, path }) => `${code} ${path}`);
const flow = (...transitions: JsonObject[]): JsonObject => ({ transitions });
const valid = { steps: [noop('a'), noop('b')], flow: flow({ from: 'a', to: 'b' }) };

describe('shape', () => {
  it('explains what is missing or of the wrong type', () => {
    const diagnostics = check({
      steps: [{ id: 'a' }, { id: '1b', uses: 'core.noop', on_error: 'panic', join: { at_least: 0 } }],
      parameters: [],
    });
    expect(diagnostics.map(({ path, message }) => `${path} ${message}`)).toEqual([
      "$.parameters 'parameters': must be an object, not a list.",
      "$.steps[0].uses 'uses': is missing.",
      "$.steps[1].id 'id': must be 1 to 64 letters, digits, _ or -, and start with a letter or _.",
      `$.steps[1].on_error 'on_error': can not be "panic".`,
      expect.stringContaining('$.steps[1].join.at_least'),
    ]);
  });

  it.each<[string, JsonObject, string]>([
    ['no steps', { steps: [] }, "'steps': is empty: at least one step is needed."],
    ['no name', { uses: '' }, "'uses': is empty."],
    ['a text for a list', { cancels: '' }, "'cancels': must be a list, not a text."],
    ['no list', { for_each: { items: 3 } }, "'items': must be a list or a template."],
    ['no join', { join: 5 }, `'join': must be "all", "any" or an object with at_least.`],
    ['too much', { retry: { max_attempts: 1_000 } }, "'max_attempts': may be at most 100, not 1000."],
    ['too little', { max_depth: 0 }, "'max_depth': must be at least 1."],
    ['a fraction', { max_depth: 0.5 }, "'max_depth': must be a whole number, not 0.5."],
    ['no start', { flow: { start_at: 5 } }, "'start_at': must be a step id or a list of ids."],
    ['no transition', { flow: { transitions: [7] } }, "'transitions[0]': must be an object, not 7."],
    [
      'no condition',
      { flow: flow({ from: 'a', to: 'b', condition: 5 }) },
      "'condition': must be an expression or an object with a type.",
    ],
    [
      'an alias',
      { plugins: { 'A B': 'x' } },
      "'A B': is no name: it must be lower-case letters, digits, _ or -, and start with a letter or _.",
    ],
  ])('says once, in the words of the language, what is wrong with %s', (_, wrong, message) => {
    const isOfStep = !['steps', 'flow', 'plugins'].includes(Object.keys(wrong)[0] ?? '');
    const pipeline = isOfStep
      ? { steps: [{ id: 'a', uses: 'demo.x', timeout: '1s', ...wrong }] }
      : { ...valid, ...wrong };
    expect(
      check(pipeline)
        .filter(({ code }) => code === 'IA_PIPELINE_SHAPE')
        .map((finding) => finding.message),
    ).toEqual([message]);
  });

  it('hints at the types and operators of conditions', () => {
    const hintOf = (condition: JsonObject) =>
      check({ ...valid, flow: flow({ from: 'a', to: 'b', condition }) })[0]?.hint;
    expect(hintOf({ type: 'expresion', source: 'true' })).toMatch(/^Did you mean 'expression'\? Allowed: "always", /);
    expect(hintOf({ type: 'parameter', name: 'x', operator: 'equal' })).toMatch(/^Did you mean 'equals'\? Allowed: /);
    expect(hintOf({ source: 'true' })).toMatch(/^Allowed: "always", /);
  });

  it('goes on behind a step whose id is none, without taking others for misnamed', () => {
    const steps = [
      { id: 'a b', uses: 'core.noop', with: { n: '{{ 1 + }}' } },
      { uses: 'core.noop' },
      { id: 'c', uses: 'core.nop', with: { n: '{{ steps["a b"].output }}' } },
    ];
    expect(summary({ steps, flow: flow({ from: 'a b', to: 'c' }) })).toEqual([
      'IA_PIPELINE_SHAPE $.steps[0].id',
      'IA_PIPELINE_SHAPE $.steps[1].id',
      'IA_PIPELINE_UNKNOWN_USES $.steps[2].uses',
      'IA_EXPRESSION_INVALID $.steps[0].with.n',
    ]);
  });

  it.each<[string, JsonObject, string[]]>([
    [
      'uses',
      { steps: [{ id: 'a', uses: 5, timeout: 'long', with: { n: '{{ 1 + }}', s: '{{ secrets.S }}' } }] },
      ['SHAPE $.steps[0].uses', 'DURATION $.steps[0].timeout', 'EXPRESSION_INVALID $.steps[0].with.n'],
    ],
    [
      'no uses',
      { steps: [{ id: 'a' }, noop('b', { with: { x: '{{ steps.z.output }}' } })] },
      ['SHAPE $.steps[0].uses', 'REFERENCE $.steps[1].with.x'],
    ],
    ['a step', { steps: ['a', noop('b', { uses: 'core.nop' })] }, ['SHAPE $.steps[0]', 'UNKNOWN_USES $.steps[1].uses']],
    [
      'the uses of a stage',
      { steps: [noop('a', { transform: [{ uses: 5 }], max_duration: 'long' })] },
      ['SHAPE $.steps[0].transform[0].uses', 'DURATION $.steps[0].max_duration'],
    ],
    [
      'from',
      { ...valid, flow: flow({ from: 1, to: 'x' }, { from: 'a', to: 'y' }) },
      [
        'SHAPE $.flow.transitions[0].from',
        'UNKNOWN_STEP $.flow.transitions[0].to',
        'UNKNOWN_STEP $.flow.transitions[1].to',
      ],
    ],
    [
      'no to',
      {
        steps: [noop('a'), noop('b', { with: { x: '{{ steps.a.output }}' } })],
        flow: flow({ from: 'a', condition: '1 +' }),
      },
      ['SHAPE $.flow.transitions[0].to', 'EXPRESSION_INVALID $.flow.transitions[0].condition'],
    ],
    [
      'a transition',
      { ...valid, flow: flow('a>b' as unknown as JsonObject, { from: 'a', to: 'y' }) },
      ['SHAPE $.flow.transitions[0]', 'UNKNOWN_STEP $.flow.transitions[1].to'],
    ],
    [
      'transitions',
      { ...valid, flow: { transitions: 'a>b', max_duration: 'long' } },
      ['SHAPE $.flow.transitions', 'DURATION $.flow.max_duration'],
    ],
    [
      'a flow',
      { steps: [noop('a', { max_duration: 'long', with: { x: '{{ steps.b.output }}' } }), noop('b')], flow: [] },
      ['SHAPE $.flow', 'DURATION $.steps[0].max_duration'],
    ],
    [
      'two entries of a list',
      { steps: [noop('a', { cancels: [1, 2], with: { y: '{{ 1 + }}' } })] },
      ['SHAPE $.steps[0].cancels[0]', 'SHAPE $.steps[0].cancels[1]', 'EXPRESSION_INVALID $.steps[0].with.y'],
    ],
    [
      'a misspelt flow',
      { steps: [noop('a'), noop('b', { with: { x: '{{ steps.a.output }}', y: '{{ 1 + }}' } })], flwo: flow() },
      ['UNKNOWN_KEY $.flwo', 'EXPRESSION_INVALID $.steps[1].with.y'],
    ],
    [
      'a detail that decides nothing else',
      {
        steps: [
          noop('a', { with: { n: 1 } }),
          {
            id: 'b',
            uses: 'core.fail',
            timeout: '1s',
            retry: { max_attempts: 500 },
            with: { message: '{{ steps.a.output.m }}' },
          },
        ],
        flow: flow({ from: 'a', to: 'b' }),
      },
      ['SHAPE $.steps[1].retry.max_attempts', 'TYPE $.steps[1].with.message', 'UNSUPPORTED $.steps[1].timeout'],
    ],
    [
      'a hook',
      { ...valid, hooks: [{ uses: 5 }], outputs: { x: '{{ 1 + }}' } },
      ['SHAPE $.hooks[0].uses', 'EXPRESSION_INVALID $.outputs.x'],
    ],
  ])('goes on behind a broken part: %s', (_, pipeline, expected) => {
    expect(new Set(summary(pipeline).map((line) => line.replace(/^IA_(?:PIPELINE_)?/, '')))).toEqual(new Set(expected));
  });

  it('points into the branch of a union that was meant', () => {
    const condition = { type: 'expression', source: 'true', operator: 'equal', value: 1 };
    const [diagnostic] = check({ ...valid, flow: flow({ from: 'a', to: 'b', condition }) });
    expect(diagnostic).toMatchObject({ path: '$.flow.transitions[0].condition.operator', code: 'IA_PIPELINE_SHAPE' });
    expect(diagnostic?.hint).toContain('"equals"');
    expect(check({ ...valid, steps: [noop('a'), noop('b', { join: 'some' })] })).toMatchObject([
      { path: '$.steps[1].join', hint: expect.stringContaining('"any"') },
    ]);
  });

  it('hints at unknown keys wherever they stand', () => {
    expect(check({ ...valid, output: {} })).toMatchObject([{ path: '$.output', hint: "Did you mean 'outputs'?" }]);
    expect(check({ steps: [{ id: 'a', uses: 'core.fail', retry: { max_attempt: 2 } }] })).toMatchObject([
      { hint: "Did you mean 'max_attempts'?" },
    ]);
    expect(check({ ...valid, flow: { start: 'a' } })).toMatchObject([{ path: '$.flow.start' }]);
    expect(check({ ...valid, flow: flow({ from: 'a', to: 'b', conditon: 'true' }) })).toMatchObject([
      { hint: "Did you mean 'condition'?" },
    ]);
    expect(check({ steps: [{ id: 'a', step_class: 'X', uses: 'core.noop' }] })).toMatchObject([
      { hint: expect.stringContaining('older dialect') },
    ]);
  });

  it('checks the rest too, where what is broken could not change it', () => {
    const found = summary({
      steps: [
        noop('a', { tiemout: '5s', retry: { max_attempts: 0 }, with: { x: '{{ steps.z.output }}' } }),
        noop('b', { cancels: ['c', 5] }),
      ],
      flow: { ...flow({ from: 'a', to: 'x' }, { from: 'a', to: 'b', conditon: 'true' }), max_duration: 'long' },
    });
    expect(new Set(found)).toEqual(
      new Set([
        'IA_PIPELINE_UNKNOWN_KEY $.steps[0].tiemout',
        'IA_PIPELINE_SHAPE $.steps[0].retry.max_attempts',
        'IA_PIPELINE_SHAPE $.steps[1].cancels[1]',
        'IA_PIPELINE_UNKNOWN_KEY $.flow.transitions[1].conditon',
        'IA_PIPELINE_UNKNOWN_STEP $.flow.transitions[0].to',
        'IA_PIPELINE_DURATION $.flow.max_duration',
        'IA_PIPELINE_REFERENCE $.steps[0].with.x',
      ]),
    );
  });

  it('lists so many findings and says how many more there are', () => {
    const steps = Array.from({ length: 1_200 }, (_, index) => noop(`s${index}`, { timeuot: '1s' }));
    const diagnostics = check({ steps });
    expect(diagnostics).toHaveLength(1_001);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'IA_PIPELINE_MORE',
      message: '200 more findings are not listed.',
    });
  });

  it('refuses reserved ids', () => {
    expect(summary({ steps: [noop('constructor')] })).toEqual(['IA_PIPELINE_SHAPE $.steps[0].id']);
  });
});
