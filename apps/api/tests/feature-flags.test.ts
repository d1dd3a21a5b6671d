import { createHmac } from 'node:crypto';
import { publishPlugin, seedTenant } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { signUp } from './graphql-client.ts';

let fixture: ControlFixture;
let operator: string;
let pipelineId: string;

const FLAGS = '{ tenant(slug: "acme") { featureFlags { name isEnabled isEnabledByDefault setBy changedAt } } }';
const SET = `mutation ($input: SetFeatureFlagInput!) { setFeatureFlag(input: $input) { kind: __typename
  ... on SetFeatureFlagSuccess { featureFlag { name isEnabled } } ... on Error { code message } } }`;
const RESET = `mutation ($input: ResetFeatureFlagInput!) { resetFeatureFlag(input: $input) { kind: __typename
  ... on ResetFeatureFlagSuccess { featureFlag { name isEnabled changedAt } } } }`;

const set = async (name: string, isEnabled: boolean, token?: string) =>
  (await fixture.ask(SET, { input: { tenantId: fixture.tenantId, name, isEnabled } }, token))['setFeatureFlag'];

const reset = async (name: string, token?: string) =>
  (await fixture.ask(RESET, { input: { tenantId: fixture.tenantId, name } }, token))['resetFeatureFlag'];

beforeAll(async () => {
  fixture = await createControlFixture({ IA_PLATFORM_ADMINS: 'ops@example.com' });
  operator = (await signUp(fixture.api, 'ops@example.com')).token;
  await fixture.rows.query(`update auth."user" set "emailVerified" = true where email = 'ops@example.com'`);
  pipelineId = await fixture.createPipeline({ steps: [{ id: 'a', uses: 'core.noop' }] });
});

afterAll(async () => {
  await fixture?.close();
});

describe('a feature flag', () => {
  it('has its default until somebody sets it, and again when it is taken back', async () => {
    const flagsNow = async () =>
      (await fixture.ask(FLAGS))['tenant'].featureFlags as {
        name: string;
        isEnabled: boolean;
        isEnabledByDefault: boolean;
        changedAt: string | null;
      }[];
    const before = await flagsNow();
    expect(before.map(({ name }) => name)).toEqual([
      'API_TOKENS',
      'COMMUNITY_PLUGINS',
      'EVENT_TRIGGERS',
      'INCOMING_WEBHOOKS',
      'RUN_DEBUGGING',
    ]);
    for (const flag of before) expect(flag).toMatchObject({ isEnabled: flag.isEnabledByDefault, changedAt: null });
    expect(await set('API_TOKENS', false)).toMatchObject({ featureFlag: { name: 'API_TOKENS', isEnabled: false } });
    expect((await flagsNow())[0]).toMatchObject({ isEnabled: false, changedAt: expect.any(String) });
    expect(await reset('API_TOKENS')).toMatchObject({ featureFlag: { isEnabled: true, changedAt: null } });
    expect(await flagsNow()).toEqual(before);
    const audit = await fixture.rows.query(
      `select action, details from audit_log where action like 'flag.%' order by seq`,
    );
    expect(audit).toEqual([
      { action: 'flag.set', details: { before: { isEnabled: true }, after: { isEnabled: false } } },
      { action: 'flag.reset', details: { before: { isEnabled: false }, after: { isEnabled: true } } },
    ]);
  });

  it('is set by owners and admins, and some by the operator of the platform alone', async () => {
    const admin = await fixture.member('admin');
    const developer = await fixture.member('developer');
    expect((await set('RUN_DEBUGGING', true, admin.token)).kind).toBe('SetFeatureFlagSuccess');
    expect((await set('RUN_DEBUGGING', true, developer.token)).kind).toBe('Forbidden');
    expect((await set('RUN_DEBUGGING', true, operator)).kind).toBe('NotFound');
    expect((await set('INCOMING_WEBHOOKS', true)).kind).toBe('Forbidden');
    expect((await set('INCOMING_WEBHOOKS', true, operator)).kind).toBe('SetFeatureFlagSuccess');
  });
});

describe('switched off', () => {
  it('API_TOKENS makes no new tokens, and lets those that are there work', async () => {
    const create = `mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { kind: __typename } }`;
    const input = { tenantId: fixture.tenantId, name: 'new', scopes: ['RUNS_READ'] };
    await set('API_TOKENS', false);
    expect((await fixture.ask(create, { input }))['createApiToken'].kind).toBe('Forbidden');
    await reset('API_TOKENS');
    expect((await fixture.ask(create, { input }))['createApiToken'].kind).toBe('CreateApiTokenSuccess');
  });

  it('COMMUNITY_PLUGINS installs the tenant’s own plugins alone', async () => {
    const { database, tenantId } = fixture;
    await publishPlugin(database, {
      tenantId: fixture.tenant.tenantId,
      name: '@acme/own',
      version: '1.0.0',
      visibility: 'private',
    });
    const other = await seedTenant(database, { slug: 'other', name: 'Other' });
    const theirs = { name: '@community/theirs', version: '1.0.0', visibility: 'public' } as const;
    await publishPlugin(database, { tenantId: other.tenantId, ...theirs });
    const install = `mutation ($input: InstallPluginInput!) { installPlugin(input: $input) { kind: __typename } }`;
    const kindOf = async (name: string) =>
      (await fixture.ask(install, { input: { tenantId, name, grant: { net: [], secrets: [] } } }))['installPlugin']
        .kind;
    await set('COMMUNITY_PLUGINS', false);
    expect(await kindOf('@community/theirs')).toBe('Forbidden');
    expect(await kindOf('@acme/own')).toBe('InstallPluginSuccess');
    await reset('COMMUNITY_PLUGINS');
    expect(await kindOf('@community/theirs')).toBe('InstallPluginSuccess');
    await fixture.rows.query('delete from installations');
  });

  it('RUN_DEBUGGING lets nobody bend a run, and everybody start one', async () => {
    const start = `mutation ($input: StartRunInput!) { startRun(input: $input) { kind: __typename
      ... on StartRunSuccess { run { id } } } }`;
    const debug = `mutation ($input: DebugRunInput!) { debugRun(input: $input) { kind: __typename ... on Error { message } } }`;
    await set('RUN_DEBUGGING', false);
    const { run } = (await fixture.ask(start, { input: { pipelineId } }))['startRun'];
    const goOn = { input: { runId: run.id, command: { continue: true } } };
    const startBent = { input: { pipelineId, debug: { breakpoints: { steps: ['a'] } } } };
    expect((await fixture.ask(debug, goOn))['debugRun']).toMatchObject({
      kind: 'Forbidden',
      message: 'The feature RUN_DEBUGGING is switched off in this tenant.',
    });
    expect((await fixture.ask(start, startBent))['startRun'].kind).toBe('Forbidden');
    await reset('RUN_DEBUGGING');
    expect((await fixture.ask(start, startBent))['startRun'].kind).toBe('StartRunSuccess');
  });

  it('EVENT_TRIGGERS starts nothing for what happens meanwhile, also not later', async () => {
    const { tenantId } = fixture.tenant;
    const [pipeline] = await fixture.rows.query('select id from pipelines order by created_at limit 1');
    await fixture.rows.query(`insert into event_triggers (id, tenant_id, pipeline_id, name, event, statuses, parameters, created_by)
      values (gen_random_uuid(), '${tenantId}', '${String(pipeline?.['id'])}', 'after', 'run_ended', '{}', '{}', 'u')`);
    const endRun = async () => {
      const { runId } = await fixture.start(await fixture.createPipeline({ steps: [{ id: 'a', uses: 'core.noop' }] }));
      await fixture.rows.query(`update runs set status = 'succeeded', finished_at = now() where id = $1`, [runId]);
      return (await fixture.rows.query('select id from trigger_events')).length;
    };
    await set('EVENT_TRIGGERS', false);
    const whileOff = await endRun();
    await reset('EVENT_TRIGGERS');
    expect(whileOff).toBe(0);
    expect(await endRun()).toBeGreaterThan(0);
  });

  it('INCOMING_WEBHOOKS starts nothing from outside', async () => {
    const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
      ... on CreateWebhookSuccess { secret webhook { url } } } }`;
    const made = await fixture.ask(create, { input: { pipelineId, name: 'hook' } });
    const { secret, webhook } = made['createWebhook'];
    const call = async (body: string, secretOfCaller: string) => {
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = createHmac('sha256', secretOfCaller).update(`${timestamp}.${body}`).digest('hex');
      const headers = {
        'content-type': 'application/json',
        'x-ia-timestamp': timestamp,
        'x-ia-signature': `sha256=${signature}`,
      };
      return (await fetch(`${fixture.api.url}${new URL(webhook.url).pathname}`, { method: 'POST', body, headers }))
        .status;
    };
    await set('INCOMING_WEBHOOKS', false, operator);
    expect(await call('{"n": 1}', secret)).toBe(403);
    expect(await call('{"n": 1}', 'wrong')).toBe(401);
    await reset('INCOMING_WEBHOOKS', operator);
    expect(await call('{"n": 2}', secret)).toBe(202);
  });
});
