import type { JsonObject } from '@ia-modules/engine';
import { manifestSchema, type PluginManifest } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { checkDefinition } from './prepare-definition.ts';
import type { InstalledPlugin } from './installed-plugins.ts';

type Lists = Partial<Record<keyof PluginManifest['contributions'], readonly string[]>>;

const install = (name: string, lists: Lists, more: Partial<InstalledPlugin> = {}): InstalledPlugin => ({
  name,
  version: '1.2.0',
  integrity: `sha512-${name}`,
  isDefault: true,
  manifest: manifestSchema.parse({
    apiVersion: 1,
    contributions: Object.fromEntries(
      Object.entries(lists).map(([list, names]) => [list, names.map((item) => ({ name: item, title: item }))]),
    ),
  }),
  ...more,
});

const TEXT = install('@acme/text', {
  steps: ['tell'],
  transforms: ['shorten'],
  validators: ['is_short'],
  conditions: ['is_short'],
  hooks: ['tell'],
  reporters: ['tell'],
  exporters: ['measure'],
});
const STOCK = install('@acme/stock', { steps: ['reserve', 'give_back'] });
const INSTALLED = [TEXT, STOCK];

const check = (definition: JsonObject) =>
  checkDefinition({ name: 'checked', ...definition }, { installed: INSTALLED, secrets: ['TOKEN', 'SIGNING_KEY'] });

const findingsOf = (definition: JsonObject) =>
  check(definition).diagnostics.flatMap(({ code, severity, path }) => (severity === 'error' ? { code, path } : []));

describe('a definition', () => {
  it('may do what the platform can run: loops, maps, stages, limits, routers, compensation, hooks', () => {
    const { prepared, diagnostics } = check({
      plugins: { text: '@acme/text@^1.0.0' },
      steps: [
        {
          id: 'each',
          uses: '@acme/stock#reserve',
          for_each: { items: [1, 2], max_parallel: 1 },
          with: { amount: '{{ item }}' },
          timeout: '5s',
          validate: [{ uses: 'text.is_short', with: { limit: 3 } }],
          transform: [{ uses: 'text.shorten' }],
          compensate: { uses: '@acme/stock#give_back' },
          cache: { key: 'one', ttl: '1h' },
          concurrency: { key: 'stock' },
        },
        { id: 'again', uses: 'core.noop' },
      ],
      flow: {
        transitions: [
          { from: 'each', to: 'again', condition: { type: 'plugin', plugin: 'text.is_short' } },
          { from: 'again', to: 'each', loop: { max_iterations: 3 } },
        ],
        on_failure: 'compensate',
      },
      hooks: [{ uses: 'text.tell' }],
      reporters: [{ uses: 'text.tell' }],
      exporters: [{ uses: 'text.measure' }],
    });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(prepared?.resolvedPlugins).toEqual({
      text: { name: TEXT.name, version: TEXT.version, integrity: TEXT.integrity },
      [STOCK.name]: { name: STOCK.name, version: STOCK.version, integrity: STOCK.integrity },
    });
  });

  it.each([
    ['a validator', { steps: [{ id: 'a', uses: 'core.noop', validate: [{ uses: '@acme/text#is_short' }] }] }],
    ['a hook', { steps: [{ id: 'a', uses: 'core.noop' }], hooks: [{ uses: '@acme/text#tell' }] }],
    [
      'a condition within another',
      {
        steps: [
          { id: 'a', uses: 'core.noop' },
          { id: 'b', uses: 'core.noop' },
        ],
        flow: {
          transitions: [
            {
              from: 'a',
              to: 'b',
              condition: { type: 'not', condition: { type: 'plugin', plugin: '@acme/text#is_short' } },
            },
          ],
        },
      },
    ],
  ])('pins the plugin of %s', (_where, definition) => {
    expect(check(definition).prepared?.resolvedPlugins).toMatchObject({ [TEXT.name]: { version: '1.2.0' } });
  });

  it.each([
    ['a local module', { steps: [{ id: 'a', uses: './a.ts#A', timeout: '1s' }] }, '$.steps[0].uses'],
    [
      'a local module as a hook',
      { steps: [{ id: 'a', uses: 'core.noop' }], hooks: [{ uses: './a.ts#A' }] },
      '$.hooks[0].uses',
    ],
    [
      'local plugins',
      { steps: [{ id: 'a', uses: 'core.noop' }], plugin_config: { plugins_dir: './plugins' } },
      '$.plugin_config',
    ],
  ])('with %s is refused, and says where', (_what, definition, path) => {
    expect(findingsOf(definition)).toEqual([{ code: 'IA_PIPELINE_UNSUPPORTED', path }]);
    expect(check(definition).prepared).toBeNull();
  });

  it('may ask people, wait for signals and run other pipelines', () => {
    const steps = [
      { id: 'ask', uses: 'human.approval' },
      { id: 'wait', uses: 'core.wait', with: { signal: 'go' }, max_duration: '1h' },
      { id: 'run', uses: 'pipeline:other', compensate: { uses: 'pipeline:undo' } },
    ];
    expect(findingsOf({ steps, flow: { on_failure: 'compensate' } })).toEqual([]);
  });

  it('may read the secrets of the tenant, and notes which', () => {
    const steps = [{ id: 'a', uses: '@acme/text#tell', with: { token: '{{ secrets.TOKEN }}' }, timeout: '1s' }];
    expect(findingsOf({ steps })).toEqual([]);
    expect(check({ steps }).prepared?.secretNames).toEqual(['TOKEN']);
  });

  it('with a secret that the tenant has not is refused, and says which it may mean', () => {
    const steps = [{ id: 'a', uses: '@acme/text#tell', with: { token: '{{ secrets.TOKNE }}' }, timeout: '1s' }];
    const { prepared, diagnostics } = check({ steps });
    expect(prepared).toBeNull();
    expect(diagnostics).toMatchObject([
      { code: 'IA_PIPELINE_SECRET', path: '$.steps[0].with.token', hint: expect.stringContaining('TOKEN') },
    ]);
  });

  it('with a validator that is no step of an installed plugin is refused', () => {
    const steps = [{ id: 'a', uses: 'core.noop', validate: [{ uses: '@acme/text#is_shrot' }] }];
    expect(findingsOf({ steps })).toEqual([{ code: 'IA_PIPELINE_UNKNOWN_USES', path: '$.steps[0].validate[0].uses' }]);
  });
});

describe('several versions of one package', () => {
  const first = install('@acme/text', { steps: ['tell'] }, { isDefault: false, version: '1.0.0' });
  const later = install('@acme/text', { steps: ['tell'] }, { isDefault: false, version: '1.4.0' });
  const second = install('@acme/text', { steps: ['say'] }, { version: '2.0.0' });
  const checkAll = (definition: JsonObject, installed = [first, later, second]) =>
    checkDefinition({ name: 'checked', ...definition }, { installed, secrets: [] });

  it('are each checked and pinned as their aliases say', () => {
    const definition = {
      plugins: { old: '@acme/text@^1', exact: '@acme/text@1.0.0', now: '@acme/text' },
      steps: [
        { id: 'a', uses: 'old.tell', timeout: '1s' },
        { id: 'b', uses: 'exact.tell', timeout: '1s' },
        { id: 'c', uses: 'now.say', timeout: '1s' },
        { id: 'd', uses: '@acme/text#say', timeout: '1s' },
      ],
    };
    const { prepared, diagnostics } = checkAll(definition);
    expect(diagnostics).toEqual([]);
    expect(prepared?.resolvedPlugins).toMatchObject({
      old: { version: '1.4.0' },
      exact: { version: '1.0.0' },
      now: { version: '2.0.0' },
    });
    const wrong = { ...definition, steps: [{ id: 'a', uses: 'old.say', timeout: '1s' }] };
    expect(checkAll(wrong).diagnostics).toMatchObject([{ code: 'IA_PIPELINE_UNKNOWN_USES', path: '$.steps[0].uses' }]);
  });

  it('hand what they need the version that each of them asks for', () => {
    const needing = (version: string, range: string, isDefault: boolean): InstalledPlugin => {
      const plugin = install('@acme/report', { steps: ['write'] }, { version, isDefault });
      return { ...plugin, manifest: { ...plugin.manifest, dependencies: { '@acme/text': range } } };
    };
    const reports = [needing('1.0.0', '^1', false), needing('2.0.0', '^2', true)];
    const definition = {
      plugins: { old: '@acme/report@1', now: '@acme/report@2' },
      steps: [
        { id: 'a', uses: 'old.write', timeout: '1s' },
        { id: 'b', uses: 'now.write', timeout: '1s' },
      ],
    };
    expect(checkAll(definition, [...reports, first, later, second]).prepared?.resolvedPlugins).toMatchObject({
      old: { version: '1.0.0' },
      now: { version: '2.0.0' },
      '@acme/text@^1': { version: '1.4.0' },
      '@acme/text@^2': { version: '2.0.0' },
    });
    const alone = { plugins: { now: '@acme/report' }, steps: [{ id: 'a', uses: 'now.write', timeout: '1s' }] };
    expect(checkAll(alone, [...reports, first, second]).prepared?.resolvedPlugins).toMatchObject({
      now: { version: '2.0.0' },
      '@acme/text': { version: '2.0.0' },
    });
  });

  it('are named when none of them fits, with those that the marketplace has', () => {
    const definition = { plugins: { text: '@acme/text@^3' }, steps: [{ id: 'a', uses: 'core.noop' }] };
    const available = new Map([['@acme/text', ['1.0.0', '2.0.0', '3.0.0', '3.1.0']]]);
    const { diagnostics } = checkDefinition(
      { name: 'checked', ...definition },
      { installed: [first, second], secrets: [], available },
    );
    expect(diagnostics).toMatchObject([
      {
        code: 'IA_PIPELINE_PLUGIN',
        path: '$.plugins.text',
        hint: 'There is 1.0.0, 2.0.0. The marketplace has 3.1.0, 3.0.0: install one that fits.',
      },
    ]);
  });

  it('are told apart by aliases alone', () => {
    const steps = [{ id: 'a', uses: '@acme/text@^1#tell', timeout: '1s' }];
    expect(checkAll({ steps }).diagnostics).toMatchObject([
      { code: 'IA_PIPELINE_UNKNOWN_USES', hint: expect.stringContaining('alias') },
    ]);
  });
});
