import { type JsonObject, manifestSchema } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import type { StepCatalog } from '../ports/step-catalog.ts';
import { createPluginCatalog } from './plugin-catalog.ts';
import { validatePipeline, type ValidatePipelineOptions } from './validate-pipeline.ts';

const check = (steps: readonly JsonObject[], more: JsonObject = {}, options?: ValidatePipelineOptions) =>
  validatePipeline(
    { name: 'test', steps: steps.map((step, index) => ({ id: `s${index}`, ...step })), ...more },
    options,
  ).diagnostics;
const findings = (...given: Parameters<typeof check>): string[] =>
  check(...given).map(({ severity, code, path }) => `${severity} ${code.replace('IA_PIPELINE_', '')} ${path}`);

const task = (extra: JsonObject = {}): JsonObject => ({ uses: 'x.y', timeout: '1s', ...extra });

describe('settings', () => {
  it('are refused where they mean nothing', () => {
    expect(
      findings([
        { uses: 'core.noop', timeout: '1s', retry: {}, cache: { key: 'k', ttl: '1h' } },
        { uses: 'core.wait', with: { duration: '1s' }, concurrency: { key: 'k' }, retry: {} },
        { uses: 'core.end', for_each: { items: [1] }, validate: [{ uses: 'a.b' }] },
        { uses: 'core.fail', retry: {}, concurrency: { key: 'k' } },
        { uses: 'human.approval', cache: { key: 'k', ttl: '1h' }, max_duration: '1d' },
        task({ max_depth: 3 }),
        { uses: 'pipeline:x', timeout: '1s', cache: { key: 'k', ttl: '1h' }, retry: {}, max_duration: '1h' },
      ]),
    ).toEqual([
      'error UNSUPPORTED $.steps[0].timeout',
      'error UNSUPPORTED $.steps[0].retry',
      'error UNSUPPORTED $.steps[0].cache',
      'error UNSUPPORTED $.steps[1].retry',
      'error UNSUPPORTED $.steps[2].validate',
      'error UNSUPPORTED $.steps[2].for_each',
      'error UNSUPPORTED $.steps[3].concurrency',
      'error UNSUPPORTED $.steps[4].cache',
      'error UNSUPPORTED $.steps[5].max_depth',
      'error UNSUPPORTED $.steps[6].timeout',
      'error UNSUPPORTED $.steps[6].cache',
    ]);
  });

  it('belong together', () => {
    expect(
      findings([
        task({ router: 'adaptive' }),
        task({ adaptive: { reward: '1.0' } }),
        task({ router: 'adaptive', adaptive: { reward: '1.0' } }),
      ]),
    ).toEqual(['error ROUTER $.steps[0].router', 'error ROUTER $.steps[1].adaptive']);
  });

  it('hold durations that can be kept, and delays that fit each other', () => {
    expect(
      findings([
        task({ max_duration: '0s', cache: { key: 'k', ttl: 'long' } }),
        task({ compensate: { uses: 'x.y', timeout: '1 s', retry: { initial_delay: '2m', max_delay: '1m' } } }),
        task({ retry: { initial_delay: '2m' } }),
        task({ retry: { max_delay: '500ms' }, on_error: 'compensate' }),
      ]),
    ).toEqual([
      'error DURATION $.steps[0].max_duration',
      'error DURATION $.steps[0].cache.ttl',
      'error DURATION $.steps[1].compensate.timeout',
      'error RETRY $.steps[1].compensate.retry.initial_delay',
      'warning RETRY $.steps[3].retry.max_delay',
    ]);
  });

  it('map over lists', () => {
    expect(
      findings([
        task({ for_each: { items: 'rows', for_each: { items: 'n: {{ item }}' } } }),
        task({ for_each: { items: [1, 2], at_least: 3 } }),
        task({ for_each: { items: '{{ [1, 2] }}', for_each: { items: '{{ item }}' } } }),
      ]),
    ).toEqual([
      'error ITEMS $.steps[0].for_each.items',
      'error ITEMS $.steps[0].for_each.for_each.items',
      'error JOIN $.steps[1].for_each.at_least',
    ]);
  });

  it('give what reaches outside a timeout', () => {
    const outside = ['http.request', '@a/b#c', './x.ts#X'].map((uses) => ({ uses }));
    expect(
      findings([...outside, { uses: 'pipeline:x' }, { uses: 'human.approval' }, { uses: 'x.y', max_duration: '1h' }]),
    ).toEqual(['warning NO_TIMEOUT $.steps[0]', 'warning NO_TIMEOUT $.steps[1]', 'warning NO_TIMEOUT $.steps[2]']);
    expect(findings([{ uses: 'http.request', with: { timeout_ms: 500 } }])).toEqual([]);
  });
});

describe('core.wait', () => {
  it.each<[JsonObject, string[]]>([
    [{ signal: 'go' }, []],
    [{}, ['error WITH $.steps[0].with']],
    [{ duration: '1s', signal: 'go' }, ['error WITH $.steps[0].with']],
    [{ signal: '' }, ['error WITH $.steps[0].with.signal']],
    [{ until: '2026-13-45' }, ['error WITH $.steps[0].with.until']],
    [{ until: '7' }, ['error WITH $.steps[0].with.until']],
  ])('takes one thing to wait for: %j', (input, expected) => {
    expect(findings([{ uses: 'core.wait', with: input }])).toEqual(expected);
  });
});

describe('human.approval', () => {
  it.each<[string, JsonObject, string[]]>([
    ['is simple', {}, []],
    [
      'says everything',
      {
        title: 'Ship {{ run.id }}?',
        form: { type: 'object', properties: { note: { type: 'string' } } },
        assignees: ['user:ada', 'role:approver', 'bob@example.org'],
        quorum: 3,
        deadline: 'P2D',
        on_deadline: 'reject',
        escalation: [{ after: '1d', to: ['role:owner'] }],
        no_self_approval: true,
        on_reject: 'continue',
      },
      [],
    ],
    ['has a form that is no object', { form: { type: 'array' } }, ['error APPROVAL $.steps[0].with.form.type']],
    [
      'has a form that is no schema',
      { form: { properties: { n: { type: 'nmuber' } } } },
      ['error APPROVAL $.steps[0].with.form.properties.n.type'],
    ],
    [
      'asks nobody',
      { assignees: ['group:x', 'user:'] },
      ['error APPROVAL $.steps[0].with.assignees[0]', 'error APPROVAL $.steps[0].with.assignees[1]'],
    ],
    ['asks too few', { assignees: ['user:a', 'a', 'b'], quorum: 3 }, ['error APPROVAL $.steps[0].with.quorum']],
    ['asks more later', { assignees: ['a', 'b'], quorum: 3, escalation: [{ after: '1h', to: ['c'] }] }, []],
    ['has no deadline to act on', { on_deadline: 'approve' }, ['warning APPROVAL $.steps[0].with.on_deadline']],
    ['has a bad deadline', { deadline: 'tomorrow' }, ['error DURATION $.steps[0].with.deadline']],
    ['ends at a time', { deadline: '2026-12-24T18:00:00Z' }, []],
    [
      'escalates too late',
      {
        deadline: '1h',
        escalation: [
          { after: '2h', to: ['a'] },
          { after: 'soon', to: ['a'] },
        ],
      },
      ['error WITH $.steps[0].with.escalation[1].after', 'error APPROVAL $.steps[0].with.escalation[0].after'],
    ],
    ['has an unknown key', { quorm: 2 }, ['error WITH $.steps[0].with.quorm']],
  ])('%s', (_, input, expected) => {
    expect(findings([{ uses: 'human.approval', with: input }])).toEqual(expected);
  });
});

describe('what steps use', () => {
  const catalog: StepCatalog = {
    find: (uses) => (uses === 'x.y' || uses === '@a/b#step' ? {} : undefined),
    names: () => ['x.y', '@a/b#step'],
    findContribution: (kind, uses) =>
      kind === 'validator' && uses === 'validate.schema'
        ? { input: { type: 'object', properties: { schema: { type: 'object' } }, additionalProperties: false } }
        : undefined,
    contributionNames: () => ['validate.schema'],
    plugin: (name) => (name === '@a/b' ? { versions: ['1.2.0', '1.3.0'] } : undefined),
  };

  it('is there, for every kind', () => {
    const diagnostics = check(
      [
        task({ validate: [{ uses: 'validate.schemas' }, { uses: 'validate.schema', with: { shcema: {} } }] }),
        task({ transform: [{ uses: 'core.noop' }], compensate: { uses: 'core.noop' } }),
        task({ compensate: { uses: 'human.approval' } }),
        task({ compensate: { uses: 'x.z' } }),
      ],
      {
        hooks: [{ uses: 'nonsense' }],
        reporters: [{ uses: 'pipeline:x' }],
        flow: { on_failure: 'compensate' },
      },
      { catalog },
    );
    expect(diagnostics.map(({ code, path, hint }) => [code.replace('IA_PIPELINE_', ''), path, hint])).toEqual([
      ['UNKNOWN_USES', '$.steps[0].validate[0].uses', "Did you mean 'validate.schema'?"],
      ['WITH', '$.steps[0].validate[1].with.shcema', "Did you mean 'schema'?"],
      ['UNKNOWN_USES', '$.steps[1].transform[0].uses', expect.any(String)],
      ['UNKNOWN_USES', '$.steps[2].compensate.uses', expect.any(String)],
      ['UNKNOWN_USES', '$.steps[3].compensate.uses', "Did you mean 'x.y'?"],
      ['UNKNOWN_USES', '$.hooks[0].uses', expect.any(String)],
      ['UNKNOWN_USES', '$.reporters[0].uses', expect.any(String)],
    ]);
  });

  it('is used as what it is', () => {
    const manifest = manifestSchema.parse({
      apiVersion: 1,
      contributions: {
        steps: [{ name: 'map', title: 'Map' }],
        transforms: [{ name: 'map', title: 'Map' }],
        validators: [
          { name: 'email', title: 'E-mail', config: { additionalProperties: false, properties: { mx: {} } } },
        ],
        exporters: [{ name: 'statsd', title: 'StatsD' }],
      },
    });
    const kinds = createPluginCatalog([{ prefix: 'x.', manifest }]);
    const diagnostics = check(
      [
        task({ uses: 'x.map', transform: [{ uses: 'x.map' }], validate: [{ uses: 'x.map' }] }),
        task({ uses: 'x.email', validate: [{ uses: 'x.email', with: { xm: 1 } }] }),
        task({ uses: 'x.map', compensate: { uses: 'x.email' } }),
      ],
      {
        hooks: [{ uses: 'x.statsd', on: ['run_failed'] }],
        exporters: [{ uses: 'x.statsd' }, { uses: 'x.stats' }],
        flow: { on_failure: 'compensate' },
      },
      { catalog: kinds },
    );
    expect(diagnostics.map(({ path, message, hint }) => [path, message, hint])).toEqual([
      [
        '$.steps[0].validate[0].uses',
        "'x.map' is a step and a transform and can not be a validator.",
        'Use it in `uses` of a step or under `transform` of a step.',
      ],
      ['$.steps[1].uses', "'x.email' is a validator and can not be a step.", 'Use it under `validate` of a step.'],
      ['$.steps[1].validate[0].with.xm', expect.any(String), "Did you mean 'mx'?"],
      [
        '$.steps[2].compensate.uses',
        "'x.email' is a validator and can not be a compensation.",
        'Use it under `validate` of a step.',
      ],
      ['$.hooks[0].uses', "'x.statsd' is an exporter and can not be a hook.", 'Use it under `exporters`.'],
      ['$.exporters[1].uses', "There is no exporter 'x.stats'.", "Did you mean 'x.statsd'?"],
    ]);
  });

  it('comes in a version that can be had', () => {
    const versions = (spec: string): string[] => findings([task()], { plugins: { p: spec } }, { catalog });
    expect(versions('@a/b@^1.2.0')).toEqual([]);
    expect(versions('@a/b@^2')).toEqual(['error PLUGIN $.plugins.p']);
    expect(versions('@a/c')).toEqual(['error PLUGIN $.plugins.p']);
    expect(versions('@a/b@latest-ish')).toEqual(['error RANGE $.plugins.p']);
  });

  it('is looked up in local files without running them', () => {
    const modules = {
      check: (path: string, name: string) =>
        path === './x.ts' && name === 'X' ? undefined : { message: `${path} does not export ${name}.`, hint: 'Try X.' },
    };
    const steps = [task({ uses: './x.ts#X' }), task({ uses: './x.ts#Y' }), task({ transform: [{ uses: './z.ts#Z' }] })];
    expect(check(steps, {}, { modules })).toMatchObject([
      { code: 'IA_PIPELINE_MODULE', path: '$.steps[1].uses', message: './x.ts does not export Y.', hint: 'Try X.' },
      { code: 'IA_PIPELINE_MODULE', path: '$.steps[2].transform[0].uses' },
    ]);
  });
});

describe('inputs', () => {
  const schema: JsonObject = {
    type: 'object',
    properties: {
      cron: { type: 'string', format: 'cron' },
      zone: { type: 'string', format: 'timezone' },
      every: { type: 'string', format: 'duration' },
      when: { type: 'string', format: 'date-time' },
      status: { anyOf: [{ type: 'integer' }, { type: 'array', items: { type: 'integer' } }] },
      mode: { enum: ['a', 'b'] },
    },
    additionalProperties: false,
  };
  const catalog: StepCatalog = { find: () => ({ input: schema }), names: () => [] };
  const input = (value: JsonObject): string[] =>
    check([task({ with: value })], {}, { catalog }).map(
      ({ path, hint }) => `${path.replace('$.steps[0].with', '')} ${hint ?? ''}`,
    );

  it('have crons, time zones and durations that can be read', () => {
    expect(
      input({ cron: '*/5 9-17 * * MON-FRI', zone: 'Europe/Vienna', every: '1h30m', when: '2026-12-24T18:00:00Z' }),
    ).toEqual([]);
    expect(input({ cron: '61 * * * *' })).toEqual([expect.stringMatching(/^\.cron Write five fields/)]);
    expect(input({ zone: 'Europe/Wien' })).toEqual([expect.stringMatching(/^\.zone Write a name/)]);
    expect(input({ every: 'often' })).toEqual([expect.stringMatching(/^\.every Write 200ms/)]);
    expect(input({ when: 'noon' })).toEqual([expect.stringMatching(/^\.when Write it in ISO/)]);
  });

  it('are reported once where several forms are possible, as deep as can be said', () => {
    expect(input({ status: 'ok' })).toEqual(['.status ']);
    expect(input({ status: [200, 'x'] })).toEqual(['.status[1] ']);
    expect(input({ status: ['{{ run.id }}'] })).toEqual([]);
  });

  it('have known keys even where their values are not known', () => {
    expect(input({ mdoe: '{{ run.id }}' })).toEqual([".mdoe Did you mean 'mode'?"]);
    expect(input({ mode: '{{ run.id }}' })).toEqual([]);
  });
});

it('looks through inputs of any length for what is only known at run time', () => {
  const schema: JsonObject = { type: 'object', properties: { rows: { type: 'array', enum: [[]] } } };
  const catalog: StepCatalog = { find: () => ({ input: schema }), names: () => [] };
  const rows = Array.from({ length: 200_000 }, () => 1);
  expect(findings([task({ with: { rows } })], {}, { catalog })).toEqual(['error WITH $.steps[0].with.rows']);
  expect(findings([task({ with: { rows: [...rows, '{{ run.id }}'] } })], {}, { catalog })).toEqual([]);
});
