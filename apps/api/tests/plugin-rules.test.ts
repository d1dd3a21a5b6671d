import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommunityFixture, type Party } from './community-fixture.ts';

let fixture: CommunityFixture;
let maker: Party;
let acme: Party;

beforeAll(async () => {
  fixture = await CommunityFixture.open();
  maker = await fixture.party('maker');
  acme = await fixture.party('acme');
  for (const name of ['@maker/tool', '@maker/other', '@community/free']) await fixture.publish(maker, name, ['1.0.0']);
  await install('@maker/tool');
});

afterAll(async () => {
  await fixture?.close();
});

const install = (name: string) =>
  fixture.change(acme, 'installPlugin', { tenantId: acme.tenantId, name, version: '1.0.0', grant: {} });

const create = (name: string, steps: readonly object[], plugins = {}) =>
  fixture.ask(
    acme,
    `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { kind: __typename
      ... on CreatePipelineSuccess { pipeline { id } } ... on ValidationFailed { diagnostics { code path message } } } }`,
    { input: { tenantId: acme.tenantId, definition: { name, plugins, steps } } },
  );

const USES_TOOL = [{ id: 'a', uses: 'tool.analyze', with: { text: 'x' }, timeout: '5s' }];
const USES_HTTP = [{ id: 'a', uses: 'http.request', with: { url: 'https://example.com/' }, timeout: '5s' }];

const SHUT_OUT = 'shutOut { plugins pipelines { name plugins } pipelineCount } dryRun';
const rule = (pattern: string, effect: 'ALLOW' | 'DENY', more: object = {}) =>
  fixture.change(acme, 'createPluginRule', { tenantId: acme.tenantId, pattern, effect, ...more }, SHUT_OUT);
const unrule = (pattern: string, more: object = {}) =>
  fixture.change(acme, 'deletePluginRule', { tenantId: acme.tenantId, pattern, ...more }, SHUT_OUT);

const isLetIn = async (name: string): Promise<boolean> =>
  (await fixture.admin.query('select is_plugin_let_in($1, $2) as "isIn"', [acme.rowId, name])).rows[0].isIn;

const against = async (name: string): Promise<string | null> =>
  (await fixture.admin.query('select plugin_rule_against($1, $2) as pattern', [acme.rowId, name])).rows[0].pattern;

describe('rules', () => {
  it.each(['maker/tool', '@maker', '@maker/**', '@*/tool', '@Maker/tool', '@maker/to ol', `@m/${'x'.repeat(220)}`])(
    'do not take %j',
    async (pattern) => {
      expect((await rule(pattern, 'DENY')).kind).toBe('ValidationFailed');
    },
  );

  it('let all in while there is none', async () => {
    expect(await isLetIn('@maker/tool')).toBe(true);
    expect(await against('@maker/tool')).toBeNull();
  });

  it('say before what they would keep out', async () => {
    await create('reading', USES_TOOL, { tool: '@maker/tool' });
    await create('calling', USES_HTTP);
    const out = await rule('@maker/*', 'DENY', { dryRun: true });
    expect(out).toMatchObject({
      kind: 'CreatePluginRuleSuccess',
      dryRun: true,
      shutOut: {
        plugins: ['@maker/tool'],
        pipelines: [{ name: 'reading', plugins: ['@maker/tool'] }],
        pipelineCount: 1,
      },
    });
    expect(await isLetIn('@maker/tool')).toBe(true);
    const http = await rule('@ia-modules/plugin-http', 'DENY', { dryRun: true });
    expect(http['shutOut']).toEqual({
      plugins: ['@ia-modules/plugin-http'],
      pipelines: [{ name: 'calling', plugins: ['@ia-modules/plugin-http'] }],
      pipelineCount: 1,
    });
    // Whatever texts it has, a definition is looked at.
    await create('odd', [{ ...USES_HTTP[0], with: { url: 'https://example.com/', body: 'nul \0' } }]);
    const odd = await rule('@ia-modules/plugin-http', 'DENY', { dryRun: true });
    expect(odd['shutOut'].pipelines).toMatchObject([{ name: 'calling' }, { name: 'odd' }]);
    const others = await rule('@community/*', 'ALLOW', { dryRun: true });
    expect(others['shutOut'].plugins).toEqual(['@acme/plugin', '@maker/tool']);
  });

  it('deny: nothing that matches is installed, saved or let in', async () => {
    expect((await rule('@maker/*', 'DENY', { reason: 'Not reviewed' })).kind).toBe('CreatePluginRuleSuccess');
    expect((await rule('@maker/*', 'ALLOW')).kind).toBe('Conflict');
    expect([await isLetIn('@maker/tool'), await isLetIn('@community/free')]).toEqual([false, true]);
    expect(await against('@maker/tool')).toBe('@maker/*');
    expect(await install('@maker/other')).toMatchObject({ kind: 'Conflict', code: 'IA_PLUGIN_NOT_ALLOWED' });
    const { createPipeline } = await create('again', USES_TOOL, { tool: '@maker/tool' });
    expect(createPipeline).toMatchObject({
      kind: 'ValidationFailed',
      diagnostics: [
        {
          code: 'IA_PLUGIN_NOT_ALLOWED',
          path: '$.plugins.tool',
          message: 'The rule "deny @maker/*" of the tenant keeps @maker/tool out.',
        },
      ],
    });
    const list = '{ tenant(slug: "acme") { pluginRules { nodes { pattern effect reason } } } }';
    expect((await fixture.ask(acme, list))['tenant'].pluginRules.nodes).toEqual([
      { pattern: '@maker/*', effect: 'DENY', reason: 'Not reviewed' },
    ]);
  });

  it('deny wins over what is allowed', async () => {
    await rule('@maker/tool', 'ALLOW');
    expect(await isLetIn('@maker/tool')).toBe(false);
    expect((await unrule('@maker/*')).kind).toBe('DeletePluginRuleSuccess');
    expect((await unrule('@maker/*')).kind).toBe('NotFound');
  });

  it('allow: all else is out, but what comes with the platform', async () => {
    const names = ['@maker/tool', '@maker/other', '@community/free', '@ia-modules/plugin-http'];
    const letIn: boolean[] = [];
    for (const name of names) letIn.push(await isLetIn(name));
    expect(letIn).toEqual([true, false, false, true]);
    expect(await against('@community/free')).toBe('');
    expect((await install('@community/free'))['code']).toBe('IA_PLUGIN_NOT_ALLOWED');
    await rule('@ia-modules/plugin-json', 'ALLOW');
    expect(await isLetIn('@ia-modules/plugin-http')).toBe(false);
    const { createPipeline } = await create('calls', USES_HTTP);
    expect(createPipeline.diagnostics[0]).toMatchObject({ code: 'IA_PLUGIN_NOT_ALLOWED', path: '$.steps[0].uses' });
    const last = await unrule('@ia-modules/plugin-json', { dryRun: true });
    expect(last['shutOut'].plugins).toEqual([]);
    await unrule('@ia-modules/plugin-json');
  });

  it('that are taken away may keep something out, which is said before', async () => {
    await rule('@community/*', 'ALLOW');
    const out = await unrule('@maker/tool', { dryRun: true });
    expect(out['shutOut']).toMatchObject({ plugins: ['@maker/tool'], pipelineCount: 1 });
    expect(await isLetIn('@maker/tool')).toBe(true);
  });

  it('hold for one tenant', async () => {
    const sql = 'select is_plugin_let_in($1, $2) as "isIn"';
    expect((await fixture.admin.query(sql, [maker.rowId, '@other/x'])).rows[0].isIn).toBe(true);
  });

  it('leave an entry each in the audit log', async () => {
    const actions = (await fixture.actionsOf(acme)).filter((action) => action.startsWith('plugin_rule.'));
    expect(actions).toEqual([
      'plugin_rule.create',
      'plugin_rule.create',
      'plugin_rule.delete',
      'plugin_rule.create',
      'plugin_rule.delete',
      'plugin_rule.create',
    ]);
  });
});
