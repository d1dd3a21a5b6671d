import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import {
  createTestDatabase,
  type PublishedPlugin,
  publishPlugin,
  seedTenant,
  type TestDatabase,
} from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';
import { openTenantPeople, type TenantPeople } from './tenant-people.ts';

let database: TestDatabase;
let api: TestApi;
let admin: string;
let developer: string;
let viewer: string;
let tenantId: string;
let publisherId: string;
let rows: Client;
let people: TenantPeople;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  publisherId = (await seedTenant(database, { slug: 'publisher', name: 'Publisher' })).tenantId;
  const acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  admin = await acme.apiToken(TOKEN_SCOPES);
  people = await openTenantPeople(api, database);
  const developing = await people.join(acme.tenantId, 'developer');
  const viewing = await people.join(acme.tenantId, 'viewer');
  [developer, viewer] = [developing.token, viewing.token];
  tenantId = (await ask(api, admin, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  rows = new Client({ connectionString: database.adminUrl });
  await rows.connect();
});

afterAll(async () => {
  await rows?.end();
  await people?.close();
  await api?.close();
  await database?.drop();
});

const publish = (name: string, version: string, more: Partial<PublishedPlugin> = {}) =>
  publishPlugin(database, { tenantId: publisherId, name, version, visibility: 'public', ...more });

/** Changes the manifest of a published version past the registry. */
const withManifest = (name: string, version: string, change: object) =>
  rows.query('update plugin_versions set manifest = manifest || $3::jsonb where plugin_name = $1 and version = $2', [
    name,
    version,
    JSON.stringify(change),
  ]);

const mutate = async (token: string, field: string, input: object, fields = '') => {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${field}(input: $input) { kind: __typename ${fields}
    ... on Error { code message hint } ... on ValidationFailed { diagnostics { code path message hint } } } }`;
  return (await ask(api, token, document, { input: { tenantId, ...input } }))[field];
};

const WAITING = `... on UpgradePluginWaiting { request { id status fromVersion toVersion permissionChanges { addedNet } } }
  ... on UpgradePluginSuccess { previousVersion needsConsent installation { version grant { net } } }`;

const install = (name: string, version: string, grant: object = {}) =>
  mutate(admin, 'installPlugin', { name, version, grant });
const upgrade = (name: string, more: object = {}, token = admin) =>
  mutate(token, 'upgradePlugin', { name, ...more }, WAITING);

const create = (definition: object) =>
  mutate(
    admin,
    'createPipeline',
    { definition },
    '... on CreatePipelineSuccess { pipeline { id revision latestVersion { plugins { alias version } } } }',
  );

const using = (name: string, plugins: Record<string, string>) => ({
  name,
  plugins,
  steps: Object.keys(plugins).map((alias, index) => ({
    id: `s${index}`,
    uses: `${alias}.analyze`,
    with: { text: 'x' },
    timeout: '1s',
  })),
});

const versionsOf = async (name: string) => {
  const document = `query ($name: String!, $tenantId: ID!) { plugin(name: $name) { installation(tenantId: $tenantId) {
    versions { nodes { version isDefault pipelineCount grant { net } } } } } }`;
  return (await ask(api, viewer, document, { name, tenantId }))['plugin'].installation.versions.nodes;
};

describe('several versions of one plugin', () => {
  const NAME = '@community/beside';

  it('stand beside each other, each pinned by those who name it, until nothing pins it', async () => {
    for (const version of ['1.0.0', '1.5.0', '2.0.0']) await publish(NAME, version);
    await install(NAME, '1.0.0');
    await create(using('early', { text: `${NAME}@^1` }));
    await upgrade(NAME, { version: '1.5.0' });
    await upgrade(NAME, { version: '2.0.0' });
    const made = await create(using('both', { old: `${NAME}@^1`, now: NAME, exact: `${NAME}@1.0.0` }));
    expect(made.pipeline.latestVersion.plugins).toEqual(
      expect.arrayContaining([
        { alias: 'old', version: '1.5.0' },
        { alias: 'now', version: '2.0.0' },
        { alias: 'exact', version: '1.0.0' },
      ]),
    );
    expect(await versionsOf(NAME)).toMatchObject([
      { version: '2.0.0', isDefault: true, pipelineCount: 1 },
      { version: '1.5.0', isDefault: false, pipelineCount: 1 },
      { version: '1.0.0', isDefault: false, pipelineCount: 2 },
    ]);
    const remove = (version: string) => mutate(admin, 'removeInstalledVersion', { name: NAME, version });
    expect(await remove('1.0.0')).toMatchObject({ kind: 'Conflict', message: expect.stringContaining('both, early') });
    expect((await remove('2.0.0')).kind).toBe('Conflict');
    expect((await remove('3.0.0')).kind).toBe('NotFound');
    await mutate(admin, 'movePipelines', { pluginName: NAME });
    const { nodes } = (await ask(api, admin, '{ tenant(slug: "acme") { pipelines { nodes { id name } } } }'))['tenant']
      .pipelines;
    for (const { id } of nodes) {
      await ask(api, admin, 'mutation ($id: ID!) { archivePipeline(input: { id: $id }) { __typename } }', { id });
    }
    expect((await remove('1.0.0')).kind).toBe('RemoveInstalledVersionSuccess');
    expect(await versionsOf(NAME)).toMatchObject([{ version: '2.0.0' }, { version: '1.5.0' }]);
    expect((await mutate(admin, 'uninstallPlugin', { name: NAME })).kind).toBe('UninstallPluginSuccess');
    const { rows: left } = await rows.query('select 1 from installed_versions where plugin_name = $1', [NAME]);
    expect(left).toEqual([]);
  });

  it('are at most twenty', async () => {
    const MANY = '@community/many';
    for (let minor = 0; minor <= 20; minor++) await publish(MANY, `1.${minor}.0`);
    for (let minor = 0; minor < 20; minor++)
      expect((await install(MANY, `1.${minor}.0`)).kind).toBe('InstallPluginSuccess');
    expect(await install(MANY, '1.20.0')).toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('20 versions'),
    });
    expect((await versionsOf(MANY)).length).toBe(20);
  });

  it('are named with those of the marketplace when none fits', async () => {
    const FEW = '@community/few';
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await publish(FEW, version);
    await install(FEW, '1.0.0');
    expect((await create(using('late', { few: `${FEW}@^3` }))).diagnostics).toMatchObject([
      {
        code: 'IA_PIPELINE_PLUGIN',
        path: '$.plugins.few',
        hint: 'There is 1.0.0. The marketplace has 3.0.0: install one that fits.',
      },
    ]);
  });
});

describe('what keeps a version out', () => {
  it('is said with a code, and passed over by whoever lets the platform choose', async () => {
    const NAME = '@community/guarded';
    for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '2.0.0-beta.1']) await publish(NAME, version);
    await withManifest(NAME, '1.3.0', { engines: { platform: '>=99' } });
    await rows.query(
      `insert into takedowns (id, tenant_id, plugin_name, version, reason, taken_down_by)
       values (gen_random_uuid(), $1, $2, '1.2.0', 'leaks', 'tests')`,
      [publisherId, NAME],
    );
    await rows.query(`update plugin_versions set deprecated = 'Slow.' where plugin_name = $1 and version = '1.1.0'`, [
      NAME,
    ]);
    expect(await install(NAME, '1.3.0')).toMatchObject({ kind: 'Conflict', code: 'IA_PLUGIN_INCOMPATIBLE' });
    expect(await install(NAME, '1.2.0')).toMatchObject({ kind: 'Conflict', code: 'IA_PLUGIN_TAKEN_DOWN' });
    expect(await install(NAME, '>=1.2.0 <1.3.0')).toMatchObject({ code: 'IA_PLUGIN_TAKEN_DOWN' });
    expect((await install(NAME, '^1.0.0')).kind).toBe('InstallPluginSuccess');
    expect(await versionsOf(NAME)).toMatchObject([{ version: '1.0.0' }]);
    await rows.query(`update plugin_versions set signatures = '[]' where plugin_name = $1 and version = '1.1.0'`, [
      NAME,
    ]);
    expect(await install(NAME, '1.1.0')).toMatchObject({ kind: 'Conflict', code: 'IA_PLUGIN_SIGNATURE' });
    await rows.query(
      `insert into plugin_rules (id, tenant_id, pattern, effect, created_by)
       select gen_random_uuid(), id, $1, 'deny', 'tests' from tenants where slug = 'acme'`,
      [NAME],
    );
    expect(await install(NAME, '1.0.0')).toMatchObject({ kind: 'Conflict', code: 'IA_PLUGIN_NOT_ALLOWED' });
  });

  it('may be that it comes with the platform', async () => {
    expect(await install('@ia-modules/plugin-http', '1.0.0')).toMatchObject({
      kind: 'Conflict',
      code: 'IA_PLUGIN_BUILT_IN',
      hint: expect.stringContaining('http.'),
    });
  });
});

describe('an upgrade that asks for more', () => {
  const NAME = '@community/wanting';
  const requests = async (status: string | null = null) => {
    const document = `query ($status: UpgradeRequestStatus) { tenant(slug: "acme") { upgradeRequests(status: $status) {
      nodes { pluginName toVersion status note decisionNote } } } }`;
    return (await ask(api, viewer, document, { status }))['tenant'].upgradeRequests.nodes;
  };

  it('waits for somebody who may decide, and goes on with what that one grants', async () => {
    await publish(NAME, '1.0.0', { permissions: { net: ['a.example'] } });
    await publish(NAME, '1.1.0', { permissions: { net: ['a.example'] } });
    await publish(NAME, '2.0.0', { permissions: { net: ['a.example', 'b.example'] } });
    await install(NAME, '1.0.0', { net: ['a.example'] });
    expect((await upgrade(NAME, {}, viewer)).kind).toBe('Forbidden');
    expect((await upgrade(NAME, { grant: { net: ['b.example'] } }, developer)).kind).toBe('Forbidden');
    expect((await upgrade(NAME, { version: '1.1.0', note: 'a\u202Eb' }, developer)).kind).toBe('ValidationFailed');
    const asked = await upgrade(NAME, { version: '1.1.0', note: 'Please.' }, developer);
    expect(asked).toMatchObject({ kind: 'UpgradePluginWaiting', request: { status: 'waiting', toVersion: '1.1.0' } });
    const wider = await upgrade(NAME);
    expect(wider).toMatchObject({
      kind: 'UpgradePluginWaiting',
      request: { fromVersion: '1.0.0', toVersion: '2.0.0', permissionChanges: { addedNet: ['b.example'] } },
    });
    expect(await versionsOf(NAME)).toMatchObject([{ version: '1.0.0', isDefault: true }]);
    expect(await requests()).toMatchObject([
      { toVersion: '2.0.0', status: 'waiting' },
      { toVersion: '1.1.0', status: 'superseded', note: 'Please.' },
    ]);
    const { id } = wider.request;
    const consent = (grant: object, token = admin) => mutate(token, 'consentToUpgrade', { id, grant });
    expect((await consent({}, developer)).kind).toBe('Forbidden');
    expect((await consent({ net: ['evil.example'] })).kind).toBe('ValidationFailed');
    expect((await mutate(admin, 'consentToUpgrade', { id: asked.request.id, grant: {} })).kind).toBe('Conflict');
    expect((await consent({ net: ['b.example'] })).kind).toBe('ConsentToUpgradeSuccess');
    expect((await consent({ net: ['b.example'] })).kind).toBe('Conflict');
    expect(await versionsOf(NAME)).toMatchObject([
      { version: '2.0.0', isDefault: true, grant: { net: ['b.example'] } },
      { version: '1.0.0', grant: { net: ['a.example'] } },
    ]);
    // What was agreed to before needs no new consent, and gets what it had.
    expect(await upgrade(NAME, { version: '1.0.0' })).toMatchObject({
      kind: 'UpgradePluginSuccess',
      installation: { grant: { net: ['a.example'] } },
    });
    expect(await upgrade(NAME, { version: '2.0.0' })).toMatchObject({
      kind: 'UpgradePluginSuccess',
      installation: { grant: { net: ['b.example'] } },
    });
  });

  it('stays where it is when it is declined, or blocked by the time of the consent', async () => {
    const OTHER = '@community/blocked-later';
    await publish(OTHER, '1.0.0');
    await publish(OTHER, '2.0.0', { permissions: { net: ['b.example'] } });
    await install(OTHER, '1.0.0');
    const first = (await upgrade(OTHER)).request;
    expect((await mutate(developer, 'declineUpgrade', { id: first.id })).kind).toBe('Forbidden');
    expect((await mutate(admin, 'declineUpgrade', { id: first.id, note: 'No.' })).kind).toBe('DeclineUpgradeSuccess');
    expect((await requests('declined')).at(0)).toMatchObject({ pluginName: OTHER, decisionNote: 'No.' });
    const second = (await upgrade(OTHER)).request;
    await rows.query(
      `insert into takedowns (id, tenant_id, plugin_name, version, reason, taken_down_by)
       values (gen_random_uuid(), $1, $2, '2.0.0', 'leaks', 'tests')`,
      [publisherId, OTHER],
    );
    expect(await mutate(admin, 'consentToUpgrade', { id: second.id, grant: {} })).toMatchObject({
      code: 'IA_PLUGIN_TAKEN_DOWN',
    });
    expect(await versionsOf(OTHER)).toMatchObject([{ version: '1.0.0', isDefault: true }]);
    expect(await requests('waiting')).toMatchObject([{ pluginName: OTHER }]);
  });
});

describe('the plan of an upgrade', () => {
  const NAME = '@community/planned';
  const PLAN = `query ($tenantId: ID!, $name: String!, $version: String) { upgradePlan(tenantId: $tenantId, name: $name, version: $version) {
    fromVersion toVersion needsConsent isBreaking obstacle { code } versions { version deprecated isBlocked }
    permissionChanges { addedNet } contributionChanges { kind name change isBreaking }
    curedAdvisories { title severity } installPlan { installs { name version } }
    pipelines(first: 2) { nodes { pipeline { name } pinnedVersions stepIds movesBySaving heldBy isValid diagnostics { path } }
      pageInfo { hasNextPage } } } }`;
  const planOf = async (version: string | null = null, token = viewer) =>
    (await ask(api, token, PLAN, { tenantId, name: NAME, version }))['upgradePlan'];

  beforeAll(async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish(NAME, version);
    await publish(NAME, '2.0.0', { permissions: { net: ['b.example'] } });
    const step = { name: 'analyze', title: 'Analyze', description: '', output: {} };
    const input = {
      type: 'object',
      properties: { text: { type: 'string' }, lang: { type: 'string' } },
      required: ['lang'],
    };
    await withManifest(NAME, '2.0.0', {
      contributions: {
        steps: [{ ...step, input }],
        conditions: [],
        validators: [],
        transforms: [],
        hooks: [],
        reporters: [],
        exporters: [],
      },
    });
    const { rows: advisory } = await rows.query<{ id: string }>(
      `insert into advisories (id, tenant_id, plugin_name, affected_range, patched_range, severity, title, description, published_by)
       values (gen_random_uuid(), $1, $2, '<2', '>=2', 'low', 'Leaks words', 'It does.', 'tests') returning id`,
      [publisherId, NAME],
    );
    await install(NAME, '1.0.0');
    await rows.query(
      `insert into advisory_versions (tenant_id, advisory_id, plugin_name, version) values ($1, $2, $3, '1.0.0')`,
      [publisherId, advisory[0]?.id, NAME],
    );
    await create(using('plan-a', { text: NAME }));
    await create(using('plan-b', { text: `${NAME}@^1` }));
    await create({ ...using('plan-c', { text: NAME }), steps: [{ id: 'only', uses: 'core.noop' }] });
  });

  it('tells what changes, and what becomes of each pipeline that pins it', async () => {
    expect(await planOf()).toMatchObject({
      fromVersion: '1.0.0',
      toVersion: '2.0.0',
      needsConsent: true,
      isBreaking: true,
      obstacle: null,
      versions: [{ version: '2.0.0' }, { version: '1.1.0' }],
      permissionChanges: { addedNet: ['b.example'] },
      contributionChanges: expect.arrayContaining([
        expect.objectContaining({ name: 'analyze', change: 'CHANGED', isBreaking: true }),
        expect.objectContaining({ name: 'readable', change: 'REMOVED', isBreaking: true }),
      ]),
      curedAdvisories: [{ title: 'Leaks words', severity: 'low' }],
      installPlan: { installs: [{ name: NAME, version: '2.0.0' }] },
      pipelines: {
        nodes: [
          {
            pipeline: { name: 'plan-a' },
            pinnedVersions: ['1.0.0'],
            stepIds: ['s0'],
            movesBySaving: true,
            isValid: false,
            diagnostics: [{ path: '$.steps[0].with.lang' }],
          },
          { pipeline: { name: 'plan-b' }, movesBySaving: false, heldBy: ['text'], isValid: false },
        ],
        pageInfo: { hasNextPage: true },
      },
    });
    expect(await planOf('^1.0.0')).toMatchObject({
      toVersion: '1.1.0',
      needsConsent: false,
      isBreaking: false,
      curedAdvisories: [{ title: 'Leaks words' }],
      pipelines: { nodes: [{ isValid: true }, { isValid: true, movesBySaving: true }] },
    });
  });

  it('is followed by moving those that validate, each for itself', async () => {
    const MOVES = `... on MovePipelinesSuccess { moved { name revision latestVersion { plugins { version } } }
      unmoved { pipeline { name } code diagnostics { path } } hasMore endCursor }`;
    const move = (more: object, token = admin) => mutate(token, 'movePipelines', { pluginName: NAME, ...more }, MOVES);
    await upgrade(NAME, { version: '2.0.0', grant: {} });
    expect((await move({}, viewer)).kind).toBe('Forbidden');
    const tried = await move({ dryRun: true });
    const outcome = {
      moved: [{ name: 'plan-c' }],
      unmoved: [
        { pipeline: { name: 'plan-a' }, code: 'IA_PIPELINE_INVALID', diagnostics: [{ path: '$.steps[0].with.lang' }] },
        { pipeline: { name: 'plan-b' }, code: 'IA_API_CONFLICT' },
      ],
    };
    expect(tried).toMatchObject(outcome);
    const first = await move({ first: 2 });
    expect(first).toMatchObject({ moved: [], unmoved: outcome.unmoved, hasMore: true });
    expect(await move({ after: first.endCursor })).toMatchObject({
      moved: [{ name: 'plan-c', revision: 2, latestVersion: { plugins: [{ version: '2.0.0' }] } }],
      unmoved: [],
      hasMore: false,
    });
    expect((await move({})).moved).toEqual([]);
    const audit = '{ tenant(slug: "acme") { auditLog(first: 5) { nodes { action after } } } }';
    const { nodes } = (await ask(api, admin, audit))['tenant'].auditLog;
    expect(nodes).toContainEqual(
      expect.objectContaining({
        action: 'pipeline.update',
        after: expect.objectContaining({ movesPlugin: NAME }),
      }),
    );
  });
});
