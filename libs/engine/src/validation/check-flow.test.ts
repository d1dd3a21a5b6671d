import type { JsonObject } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import type { PipelineDefinition } from '../definition/schema.ts';
import { validatePipeline, type ValidatePipelineOptions } from './validate-pipeline.ts';

const step = (id: string, extra: JsonObject = {}): JsonObject => ({ id, uses: 'core.noop', ...extra });
const steps = (ids: string, extra: Record<string, JsonObject> = {}): JsonObject[] =>
  ids.split('').map((id) => step(id, extra[id]));

/** `a>b` is a transition; what follows in the list says more of it. */
type Way = readonly [way: string, extra?: JsonObject];

const pipeline = (list: readonly JsonObject[], ways: readonly Way[], flow: JsonObject = {}): JsonObject => ({
  name: 'test',
  steps: [...list],
  flow: {
    ...flow,
    transitions: ways.map(([way, extra = {}]) => ({
      from: way.split('>')[0] ?? '',
      to: way.split('>')[1] ?? '',
      ...extra,
    })),
  },
});

const findings = (definition: JsonObject, options?: ValidatePipelineOptions): string[] =>
  validatePipeline(definition, options).diagnostics.map(
    ({ severity, code, path }) =>
      `${severity} ${code.replace('IA_PIPELINE_', '')} ${path.replace('flow.transitions', 'ways')}`,
  );

const loop = (extra: JsonObject = {}): JsonObject => ({ loop: { max_iterations: 3, ...extra } });
const when = (condition: string): JsonObject => ({ condition });

describe('loops', () => {
  it('may nest, lead back to one step, and end by a condition or at the bound', () => {
    const ways: Way[] = [
      ['a>b'],
      ['b>c'],
      ['c>b', loop()],
      ['c>d'],
      ['d>a', { ...loop(), ...when('iteration < 2') }],
      ['d>e'],
    ];
    expect(findings(pipeline(steps('abcde'), ways))).toEqual([]);
    expect(findings(pipeline(steps('a'), [['a>a', loop()]]))).toEqual([]);
  });

  it('must close a cycle, and lie within each other or apart', () => {
    expect(findings(pipeline(steps('ab'), [['a>b', loop()]], { start_at: ['a', 'b'] }))).toEqual([
      'error LOOP $.ways[0].loop',
    ]);
    const overlapping: Way[] = [['a>b'], ['b>c'], ['c>d'], ['c>a', loop()], ['d>b', loop()]];
    expect(findings(pipeline(steps('abcd'), overlapping))).toEqual(['error LOOP $.ways[4]']);
  });

  it('are needed for every cycle: each is reported where it closes', () => {
    const ways: Way[] = [['a>b'], ['b>a', when('run.id == "x"')], ['b>c'], ['c>d'], ['d>c']];
    expect(findings(pipeline(steps('abcd'), ways, { start_at: 'a' }))).toEqual([
      'error CYCLE $.ways[1]',
      'error CYCLE $.ways[4]',
    ]);
  });

  it('can hardly end well when they always go on and fail at the bound', () => {
    expect(findings(pipeline(steps('ab'), [['a>b'], ['b>a', loop({ on_exhausted: 'fail' })]]))).toEqual([
      'warning LOOP $.ways[1].loop.on_exhausted',
    ]);
    const ends: Way[] = [['a>b'], ['b>a', { ...loop({ on_exhausted: 'fail' }), ...when('iteration < 2') }]];
    expect(findings(pipeline(steps('ab'), ends))).toEqual([]);
  });

  it('let a step read what an earlier iteration gave, behind a guard', () => {
    const reading = (x: string): JsonObject[] => steps('abc', { a: { with: { x } }, b: { with: { n: 1 } } });
    const ways: Way[] = [['a>b'], ['b>a', loop()], ['b>c']];
    expect(findings(pipeline(reading('{{ steps.b.output.n }}'), ways))).toEqual([
      'warning MAYBE_MISSING $.steps[0].with.x',
    ]);
    expect(findings(pipeline(reading('{{ has(steps.b.output) ? steps.b.output.n : 0 }}'), ways))).toEqual([]);
    expect(findings(pipeline(reading('{{ steps.c.output }}'), ways))).toEqual(['error REFERENCE $.steps[0].with.x']);
  });
});

describe('routes', () => {
  it('end at core.end, and do not begin at a failure', () => {
    const list = [step('a', { uses: 'core.end' }), step('b'), step('c', { uses: 'core.fail' }), step('d')];
    expect(findings(pipeline(list, [['a>b'], ['c>d'], ['c>b', { on: 'error' }]]))).toEqual([
      'error DEAD_TRANSITION $.ways[0]',
      'error DEAD_TRANSITION $.ways[1]',
    ]);
    const handled = [step('c', { uses: 'core.fail', on_error: 'continue' }), step('d')];
    expect(findings(pipeline(handled, [['c>d']]))).toEqual([]);
  });

  it('of a first match end at the first that always matches', () => {
    const list = steps('abc', { a: { router: 'first_match' } });
    expect(findings(pipeline(list, [['a>b'], ['a>c', when('run.id == "x"')]]))).toEqual([
      'error DEAD_TRANSITION $.ways[1]',
    ]);
    expect(findings(pipeline(list, [['a>b', when('run.id == "x"')], ['a>c']]))).toEqual([]);
  });

  it.each<[string, Way[]]>([
    ['an unconditional one', [['a>b'], ['a>c', { default: true }]]],
    [
      'one that always holds',
      [
        ['a>b', { condition: { type: 'always' } }],
        ['a>c', { default: true }],
      ],
    ],
    [
      'a condition and its opposite',
      [
        ['a>b', when('run.id == "x"')],
        ['a>d', when('!(run.id == "x")')],
        ['a>c', { default: true }],
      ],
    ],
  ])('shadow a default beside %s', (_, ways) => {
    expect(findings(pipeline(steps('abcd'), ways)).filter((line) => line.includes('SHADOWED'))).toEqual([
      `warning SHADOWED_DEFAULT $.ways[${ways.length - 1}]`,
    ]);
  });

  it('are not mistaken for doubles when one closes a loop', () => {
    expect(
      findings(
        pipeline(steps('a'), [
          ['a>a', loop()],
          ['a>a', { ...loop(), on: 'error' }],
        ]),
      ),
    ).toEqual([]);
    expect(findings(pipeline(steps('ab'), [['a>b'], ['a>b']]))).toEqual(['error DUPLICATE_TRANSITION $.ways[1]']);
  });
});

describe('joins', () => {
  const joining = (count: number, extra: Record<string, JsonObject>, ways: Way[]): string[] =>
    findings(pipeline(steps('abcde', { ...extra, e: { join: { at_least: count } } }), ways));

  it('are met by what can be taken together', () => {
    const ways: Way[] = [['a>b'], ['a>c'], ['b>e'], ['c>e'], ['d>e']];
    expect(joining(3, {}, ways)).toEqual([]);
    expect(joining(4, {}, ways)).toEqual(['error JOIN $.steps[4].join.at_least']);
  });

  it('count no two ways of one choice', () => {
    const apart: Way[] = [['a>b', when('run.id == "x"')], ['a>c', { default: true }], ['b>e'], ['c>e']];
    expect(joining(2, {}, apart)).toEqual(['error JOIN $.steps[4].join.at_least']);
    const first: Way[] = [['a>b', when('run.id == "x"')], ['a>c'], ['b>e'], ['c>e'], ['d>e']];
    expect(joining(3, { a: { router: 'first_match' } }, first)).toEqual(['error JOIN $.steps[4].join.at_least']);
    expect(joining(2, { a: { router: 'first_match' } }, first)).toEqual([]);
    const failing: Way[] = [['a>e'], ['a>e', { on: 'error' }], ['b>c'], ['c>d']];
    expect(joining(2, {}, failing)).toEqual(['error JOIN $.steps[4].join.at_least']);
  });

  it('behind a loop count what its iterations choose one after another', () => {
    const ways: Way[] = [['a>e'], ['a>e', { on: 'error' }], ['a>a', { on: 'error', ...loop() }], ['b>c'], ['c>d']];
    expect(joining(2, {}, ways)).toEqual([]);
  });
});

describe('cancels', () => {
  it('name other steps that may still be running', () => {
    const list = steps('abcd', { c: { cancels: ['d', 'a', 'c', 'x'] } });
    const ways: Way[] = [['a>b'], ['b>c'], ['a>d']];
    expect(findings(pipeline(list, ways))).toEqual([
      'error CANCELS $.steps[2].cancels[2]',
      'error UNKNOWN_STEP $.steps[2].cancels[3]',
      'warning CANCELS $.steps[2].cancels[1]',
    ]);
    const racing = steps('abc', { c: { join: 'any', cancels: ['a', 'b'] } });
    expect(findings(pipeline(racing, [['a>c'], ['b>c']]))).toEqual([]);
  });
});

describe('budgets', () => {
  const wait = (duration: string, extra: JsonObject = {}): JsonObject => ({
    uses: 'core.wait',
    with: { duration },
    ...extra,
  });

  it('of a step hold its parts', () => {
    const list = [
      { id: 'a', uses: 'x.y', timeout: '1m', max_duration: '30s' },
      step('b', wait('1h', { max_duration: '30m' })),
      step('c', { uses: 'human.approval', with: { deadline: 'P1D' }, max_duration: '1h' }),
      step('d', wait('1h', { max_duration: '2h' })),
    ];
    expect(findings(pipeline(list, []))).toEqual([
      'error BUDGET $.steps[0].max_duration',
      'error BUDGET $.steps[1].max_duration',
      'error BUDGET $.steps[2].max_duration',
    ]);
  });

  it('of a run hold what every run does', () => {
    const list = steps('abc', { a: wait('40m'), b: wait('40m') });
    const limit = (maxDuration: string, ways: Way[]): string[] =>
      findings(pipeline(list, ways, { max_duration: maxDuration }));
    expect(limit('30m', [['a>b'], ['b>c']])).toEqual(['error BUDGET $.flow.max_duration']);
    expect(limit('1h', [['a>b'], ['b>c']])).toEqual(['error BUDGET $.flow.max_duration']);
    expect(limit('2h', [['a>b'], ['b>c']])).toEqual([]);
    // Only some runs wait twice.
    expect(
      limit('1h', [
        ['a>b', when('run.id == "x"')],
        ['a>c', { default: true }],
      ]),
    ).toEqual([]);
  });

  it('of a run are doubted when they are smaller than what some runs do', () => {
    const list = steps('abc', { b: wait('2h') });
    const ways: Way[] = [
      ['a>b', when('run.id == "x"')],
      ['a>c', { default: true }],
    ];
    expect(findings(pipeline(list, ways, { max_duration: '1h' }))).toEqual(['warning BUDGET $.flow.max_duration']);
  });
});

describe('sub-pipelines', () => {
  const child: PipelineDefinition = {
    name: 'child',
    parameters: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    steps: [{ id: 'a', uses: 'core.noop' }],
    outputs: { total: 1 },
  };
  const others: Record<string, PipelineDefinition> = {
    child,
    around: { name: 'around', steps: [{ id: 'a', uses: 'pipeline:test' }] },
    bounded: { name: 'bounded', steps: [{ id: 'a', uses: 'pipeline:test', max_depth: 3 }] },
    './self.json': { name: 'test', steps: [{ id: 'a', uses: 'core.noop' }] },
  };
  const pipelines = { find: (name: string) => others[name], names: () => Object.keys(others) };
  const running = (uses: string, extra: JsonObject = {}): string[] =>
    findings(pipeline([{ id: 'a', uses, ...extra }], []), { pipelines });

  it('must be there, and say how deep they run themselves', () => {
    expect(running('pipeline:child', { with: { n: 1 } })).toEqual([]);
    expect(running('pipeline:chidl')).toEqual(['error UNKNOWN_PIPELINE $.steps[0].uses']);
    expect(running('pipeline:test')).toEqual(['error RECURSION $.steps[0].uses']);
    expect(running('pipeline:./self.json')).toEqual(['error RECURSION $.steps[0].uses']);
    expect(running('pipeline:test', { max_depth: 5 })).toEqual([]);
    expect(running('pipeline:around')).toEqual(['error RECURSION $.steps[0].uses']);
    expect(running('pipeline:bounded')).toEqual([]);
    expect(running('pipeline:child@newest', { with: { n: 1 } })).toEqual(['error RANGE $.steps[0].uses']);
  });

  it('take their parameters and give their outputs', () => {
    expect(running('pipeline:child', { with: { n: 'x', m: 1 } })).toEqual([
      'error WITH $.steps[0].with.m',
      'error WITH $.steps[0].with.n',
    ]);
    const reading = (field: string): string[] => {
      const list = [
        { id: 'a', uses: 'pipeline:child', with: { n: 1 } },
        step('b', { with: { x: `{{ steps.a.output.${field} }}` } }),
      ];
      return findings(pipeline(list, [['a>b']]), { pipelines });
    };
    expect(reading('total')).toEqual([]);
    expect(reading('totla')).toEqual(['error TYPE $.steps[1].with.x']);
  });
});
