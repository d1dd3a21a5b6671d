import { randomUUID } from 'node:crypto';
import { integrityOf, publishPlugin, type SeededTenant, seedTenant } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture, rowOf } from './control-fixture.ts';
import { signUp } from './graphql-client.ts';
import { TOKEN_SCOPES } from '@ia-modules/database';

const NAME = '@community/readability';
const VERSIONS = ['1.0.0', '1.1.0-beta.1', '1.1.0', '2.0.0'] as const;

const PUBLISH = `mutation ($input: PublishAdvisoryInput!) { publishAdvisory(input: $input) { kind: __typename
  ... on PublishAdvisorySuccess { advisory { id versions severity affectedRange patchedRange withdrawnAt } }
  ... on Error { code message hint } } }`;
const WITHDRAW = `mutation ($id: ID!) { withdrawAdvisory(input: { advisoryId: $id }) { kind: __typename
  ... on WithdrawAdvisorySuccess { advisory { withdrawnAt } } ... on Error { code } } }`;
const START = `mutation ($id: ID!) { startRun(input: { pipelineId: $id }) { kind: __typename
  ... on StartRunSuccess { run { id } } ... on Error { code message hint } } }`;
const RERUN = `mutation ($id: ID!) { replayRun(input: { runId: $id }) { kind: __typename ... on Error { code } } }`;
const USAGE = `query ($name: String!, $version: String!, $tenantId: ID, $first: Int, $after: String) {
  pluginVersion(name: $name, version: $version) { usage(tenantId: $tenantId) {
    runs(first: $first, after: $after) { nodes { runId tenantId plugin { version integrity } run { id } } pageInfo { hasNextPage endCursor } }
    pipelines { nodes { pipelineId tenantId name } }
    tenants { nodes { tenantId slug name } } } } }`;

let fixture: ControlFixture;
let publisher: SeededTenant;
let publisherToken: string;
let operator: string;
let pipelineId: string;
let otherTenantId: string;

const publish = async (input: object, token = publisherToken) =>
  (
    await fixture.ask(
      PUBLISH,
      { input: { pluginName: NAME, affectedRange: '1.x', severity: 'HIGH', title: 'It leaks.', ...input } },
      token,
    )
  )['publishAdvisory'];

const withdraw = async (id: string, token = publisherToken) =>
  (await fixture.ask(WITHDRAW, { id }, token))['withdrawAdvisory'];

const start = async () => (await fixture.ask(START, { id: pipelineId }))['startRun'];

const usage = async (variables: object, token?: string) =>
  (await fixture.ask(USAGE, { name: NAME, version: '1.1.0', ...variables }, token))['pluginVersion'].usage;

/** As a worker does it along with the first attempt. */
const use = (runId: string, version = '1.1.0', at = 'now()') =>
  fixture.rows.query(
    `insert into plugin_uses (tenant_id, run_id, plugin_name, version, integrity, pipeline_id, pipeline_version_id, used_at)
     select tenant_id, id, $2, $3, $4, pipeline_id, pipeline_version_id, ${at} from runs where id = $1`,
    [runId, NAME, version, integrityOf(version)],
  );

beforeAll(async () => {
  fixture = await createControlFixture({ IA_PLATFORM_ADMINS: 'ops@example.com' });
  operator = (await signUp(fixture.api, 'ops@example.com')).token;
  await fixture.rows.query(`update auth."user" set "emailVerified" = true where email = 'ops@example.com'`);
  publisher = await seedTenant(fixture.database, { slug: 'publisher', name: 'Publisher' });
  publisherToken = await publisher.apiToken(TOKEN_SCOPES);
  for (const version of VERSIONS) {
    await publishPlugin(fixture.database, { tenantId: publisher.tenantId, name: NAME, version, visibility: 'public' });
  }
  const { tenantId } = fixture;
  const installed = await fixture.ask(
    `mutation ($tenantId: ID!) { installPlugin(input: { tenantId: $tenantId, name: "${NAME}", version: "1.1.0", grant: {} }) {
      kind: __typename ... on Error { message } } }`,
    { tenantId },
  );
  if (installed['installPlugin'].kind !== 'InstallPluginSuccess') throw new Error(JSON.stringify(installed));
  pipelineId = await fixture.createPipeline({
    name: 'reads',
    plugins: { read: `${NAME}@^1.0.0` },
    steps: [{ id: 'a', uses: 'read.analyze', with: { text: 'Hello' } }],
  });
  const globex = await seedTenant(fixture.database, { slug: 'globex', name: 'Globex' });
  otherTenantId = globex.tenantId;
});

afterAll(async () => {
  await fixture?.close();
});

describe('an advisory', () => {
  it('holds what its range says, prereleases too, and keeps every start back until it is withdrawn', async () => {
    const before = await start();
    expect(before.kind).toBe('StartRunSuccess');
    const { advisory } = await publish({ affectedRange: '>=1.0.0 <2.0.0', patchedRange: '>=2.0.0' });
    expect(advisory).toMatchObject({ severity: 'HIGH', withdrawnAt: null });
    expect(advisory.versions).toEqual(['1.0.0', '1.1.0', '1.1.0-beta.1']);
    expect(await start()).toMatchObject({
      kind: 'Conflict',
      code: 'IA_PLUGIN_ADVISORY',
      message: expect.stringMatching(/@community\/readability@1\.1\.0.*high: It leaks/),
      hint: expect.stringContaining('>=2.0.0'),
    });
    expect((await fixture.ask(RERUN, { id: before.run.id }))['replayRun'].code).toBe('IA_PLUGIN_ADVISORY');
    const shown = await fixture.ask(`{ tenant(slug: "acme") { advisories { nodes { id title pluginName } } }
      plugin(name: "${NAME}") { advisories { nodes { id } } latestVersion { advisories { nodes { id } } } } }`);
    expect(shown['tenant'].advisories.nodes).toEqual([{ id: advisory.id, title: 'It leaks.', pluginName: NAME }]);
    expect(shown['plugin'].advisories.nodes).toEqual([{ id: advisory.id }]);
    expect(shown['plugin'].latestVersion.advisories.nodes).toEqual([]);
    expect(await withdraw(advisory.id)).toMatchObject({ kind: 'WithdrawAdvisorySuccess' });
    expect(await withdraw(advisory.id)).toMatchObject({ kind: 'Conflict' });
    expect((await start()).kind).toBe('StartRunSuccess');
  });

  it('is the owner’s or the operator’s to publish, and nobody else’s', async () => {
    expect((await publish({}, fixture.token)).kind).toBe('Forbidden');
    expect((await publish({ pluginName: '@community/none' })).kind).toBe('Forbidden');
    expect((await publish({ pluginName: '@community/none' }, operator)).kind).toBe('NotFound');
    const { advisory } = await publish({ affectedRange: '2.x' }, operator);
    expect(advisory.versions).toEqual(['2.0.0']);
    expect((await withdraw(advisory.id, fixture.token)).kind).toBe('Forbidden');
    expect((await withdraw(advisory.id)).kind).toBe('Forbidden');
    expect((await withdraw(advisory.id, operator)).kind).toBe('WithdrawAdvisorySuccess');
    const actions = await fixture.rows.query(
      `select action from audit_log where tenant_id = $1 and target = $2 and action like '%advisory' order by seq`,
      [publisher.tenantId, `plugin:${NAME}`],
    );
    expect(actions.slice(-2)).toEqual([{ action: 'plugin.publish_advisory' }, { action: 'plugin.withdraw_advisory' }]);
  });

  it('is the operator’s where the owner was erased, and is its own record then', async () => {
    const name = '@community/left-behind';
    await publishPlugin(fixture.database, { tenantId: otherTenantId, name, version: '1.0.0', visibility: 'public' });
    await fixture.rows.query(
      `update plugins set tenant_id = '00000000-0000-0000-0000-000000000000' where name = $1 and tenant_id = $2`,
      [name, otherTenantId],
    );
    expect((await publish({ pluginName: name })).kind).toBe('Forbidden');
    const { advisory } = await publish({ pluginName: name }, operator);
    expect(advisory.versions).toEqual(['1.0.0']);
    expect(await withdraw(advisory.id, operator)).toMatchObject({ kind: 'WithdrawAdvisorySuccess' });
    const sql =
      'select published_by like $2 and withdrawn_by like $2 as "isSigned" from advisories where plugin_name = $1';
    expect(await fixture.rows.query(sql, [name, '%_'])).toEqual([{ isSigned: true }]);
  });

  it('is refused with a range that npm would not read', async () => {
    expect(await publish({ affectedRange: 'everything' })).toMatchObject({ kind: 'ValidationFailed' });
    expect(await publish({ title: '' })).toMatchObject({ kind: 'ValidationFailed' });
    const { advisory } = await publish({ affectedRange: '>=7.0.0\n\u2028 <8.0.0' });
    expect(advisory).toMatchObject({ affectedRange: '>=7.0.0 <8.0.0', versions: [] });
  });

  it('is refused to owners who publish one after the other', async () => {
    const name = '@community/nervous';
    await publishPlugin(fixture.database, {
      tenantId: publisher.tenantId,
      name,
      version: '1.0.0',
      visibility: 'public',
    });
    for (let count = 0; count < 20; count += 1) {
      expect((await publish({ pluginName: name })).kind).toBe('PublishAdvisorySuccess');
    }
    expect(await publish({ pluginName: name })).toMatchObject({ code: 'IA_API_QUOTA' });
    expect((await publish({ pluginName: name }, operator)).kind).toBe('PublishAdvisorySuccess');
  });
});

describe('who has used a version', () => {
  it('is told exactly: a tenant its own, the operator everybody’s', async () => {
    const runs = [await fixture.start(pipelineId), await fixture.start(pipelineId), await fixture.start(pipelineId)];
    const [first, second] = runs as [(typeof runs)[0], (typeof runs)[0]];
    await use(first.runId, '1.1.0', `now() - interval '2 minutes'`);
    await use(second.runId, '1.1.0', `now() - interval '1 minute'`);
    await use(second.runId, '1.0.0');
    const [pipeline, version, run] = [randomUUID(), randomUUID(), randomUUID()];
    await fixture.rows.query(
      `with p as (insert into pipelines (id, tenant_id, name, revision, created_by) values ($1, $4, 'theirs', 1, 't')),
        v as (insert into pipeline_versions (id, tenant_id, pipeline_id, revision, version, definition, resolved_plugins, content_hash, created_by)
          values ($2, $4, $1, 1, '0.1.0', '{}', '{}', 'x', 't'))
       insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
       values ($3, $4, $1, $2, '{}', '{"type":"manual"}', 1, 't')`,
      [pipeline, version, run, otherTenantId],
    );
    await use(run);
    const { tenantId } = fixture;
    const own = await usage({ tenantId });
    expect(own.runs.nodes.map((node: { runId: string }) => node.runId)).toEqual([second.id, first.id]);
    expect(own.runs.nodes[0]).toMatchObject({
      tenantId,
      run: { id: second.id },
      plugin: { integrity: integrityOf('1.1.0') },
    });
    expect(own.pipelines.nodes).toEqual([{ pipelineId, tenantId, name: 'reads' }]);
    expect(own.tenants.nodes).toEqual([{ tenantId, slug: 'acme', name: expect.any(String) }]);
    const page = await usage({ tenantId, first: 1 });
    expect(page.runs.pageInfo.hasNextPage).toBe(true);
    const next = await usage({ tenantId, first: 1, after: page.runs.pageInfo.endCursor });
    expect(next.runs.nodes.map((node: { runId: string }) => node.runId)).toEqual([first.id]);
    const all = await usage({}, operator);
    expect(all.runs.nodes.map((node: { runId: string }) => rowOf(node.runId).runId)).toEqual([
      run,
      second.runId,
      first.runId,
    ]);
    expect(all.runs.nodes[0].run).toBeNull();
    expect(new Set(all.tenants.nodes.map((node: { slug: string }) => node.slug))).toEqual(new Set(['acme', 'globex']));
    expect(all.pipelines.nodes.map((node: { name: string }) => node.name).sort()).toEqual(['reads', 'theirs']);
    await expect(usage({})).rejects.toThrow(/operator/);
    const { advisory } = await publish({});
    const affected = await fixture.ask(
      `query ($tenantId: ID!) { plugin(name: "${NAME}") { advisories(first: 1) { nodes { id affected(tenantId: $tenantId) {
        runs { nodes { runId } } pipelines { nodes { name } } } } } } }`,
      { tenantId },
    );
    const [node] = affected['plugin'].advisories.nodes;
    expect(node.affected.runs.nodes).toEqual([{ runId: second.id }, { runId: first.id }]);
    await withdraw(advisory.id);
    const reverse = await fixture.ask(
      `query ($run: ID!, $pipeline: ID!) { run: node(id: $run) { ... on Run { plugins { nodes { name version } } } }
        pipeline: node(id: $pipeline) { ... on Pipeline { plugins { pinned { alias version } used { nodes { version } } } } } }`,
      { run: second.id, pipeline: pipelineId },
    );
    expect(reverse['run'].plugins.nodes).toEqual([
      { name: NAME, version: '1.0.0' },
      { name: NAME, version: '1.1.0' },
    ]);
    expect(reverse['pipeline'].plugins).toEqual({
      pinned: [{ alias: 'read', version: '1.1.0' }],
      used: { nodes: [{ version: '1.0.0' }, { version: '1.1.0' }] },
    });
  });
});
