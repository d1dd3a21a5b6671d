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
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';

let database: TestDatabase;
let api: TestApi;
let token: string;
let tenantId: string;

const [REPORT, GEO, MAPS, OTHER] = ['@community/report', '@community/geo', '@community/maps', '@community/other'];
const [BASE, TOP] = ['@community/base', '@community/top'];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  const publisher = await seedTenant(database, { slug: 'publisher', name: 'Publisher' });
  const publish = (name: string, version: string, more: Partial<PublishedPlugin> = {}) =>
    publishPlugin(database, { tenantId: publisher.tenantId, name, version, visibility: 'public', ...more });
  for (const version of ['1.0.0', '2.0.0'])
    await publish(MAPS, version, { permissions: { net: ['maps.example.com'] } });
  await publish(GEO, '1.0.0', { dependencies: { [MAPS]: '^1.0.0' }, permissions: { blobs: true } });
  await publish(GEO, '2.0.0', { dependencies: { [MAPS]: '^2.0.0' } });
  await publish(REPORT, '1.0.0', { dependencies: { [GEO]: '^1.0.0' } });
  await publish(OTHER, '1.0.0', { dependencies: { [GEO]: '^2.0.0' } });
  await publish(BASE, '1.0.0');
  await publish(TOP, '1.0.0', { dependencies: { [BASE]: '*' } });
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const ERRORS = '... on ValidationFailed { diagnostics { code message hint } } ... on Error { code message }';

const change = async (field: string, input: object) => {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${field}(input: $input) { kind: __typename ${ERRORS} } }`;
  return (await ask(api, token, document, { input: { tenantId, ...input } }))[field];
};
const install = (name: string, version: string, grant: object = {}) =>
  change('installPlugin', { name, version, grant });

const planOf = async (name: string) => {
  const document = `query ($name: String!, $tenantId: ID!) { plugin(name: $name) { installPlan(tenantId: $tenantId) {
    installs { name version installedVersion permissions { net blobs } } problems { message path } } } }`;
  return (await ask(api, token, document, { name, tenantId }))['plugin'].installPlan;
};

it('installs what a plugin needs first, each with a consent of its own', async () => {
  const refused = await install(REPORT, '1.0.0');
  expect(refused).toMatchObject({ kind: 'ValidationFailed', code: 'IA_PLUGIN_DEPENDENCY' });
  expect(refused.diagnostics.map(({ message, hint }: Record<string, string>) => [message, hint])).toEqual([
    [`${MAPS}@1.0.0 has to be installed first.`, 'It asks for the hosts maps.example.com.'],
    [`${GEO}@1.0.0 has to be installed first.`, 'It asks for stored bytes.'],
  ]);
  const plan = await planOf(REPORT);
  expect(plan.problems).toEqual([]);
  expect(plan.installs).toMatchObject([
    { name: MAPS, version: '1.0.0', installedVersion: null, permissions: { net: ['maps.example.com'], blobs: false } },
    { name: GEO, version: '1.0.0', permissions: { blobs: true } },
    { name: REPORT, version: '1.0.0' },
  ]);
  expect((await install(MAPS, '1.0.0', { blobs: true })).kind).toBe('ValidationFailed');
  expect((await install(MAPS, '1.0.0', { net: ['maps.example.com'] })).kind).toBe('InstallPluginSuccess');
  expect((await install(GEO, '1.0.0', { blobs: true })).kind).toBe('InstallPluginSuccess');
  expect((await install(REPORT, '1.0.0')).kind).toBe('InstallPluginSuccess');
  expect(await planOf(REPORT)).toEqual({ installs: [], problems: [] });
});

it('keeps what others need, beside the version that takes its place', async () => {
  expect(await change('uninstallPlugin', { name: MAPS })).toMatchObject({
    kind: 'Conflict',
    message: `${GEO} needs this plugin.`,
  });
  expect((await change('upgradePlugin', { name: MAPS, version: '2.0.0' })).kind).toBe('UpgradePluginSuccess');
  expect(await change('removeInstalledVersion', { name: MAPS, version: '1.0.0' })).toMatchObject({
    kind: 'Conflict',
    message: `${GEO}@1.0.0 needs ${MAPS} ^1.0.0, and no other installed version fits.`,
  });
  expect(await planOf(OTHER)).toMatchObject({
    installs: [
      { name: GEO, version: '2.0.0', installedVersion: '1.0.0' },
      { name: OTHER, version: '1.0.0', installedVersion: null },
    ],
    problems: [],
  });
});

it('never takes away what another plugin starts to need at that moment', async () => {
  for (let round = 0; round < 8; round++) {
    await install(BASE, '1.0.0');
    const both = await Promise.all([change('uninstallPlugin', { name: BASE }), install(TOP, '1.0.0')]);
    expect(both.filter(({ kind }) => kind.endsWith('Success'))).toHaveLength(1);
    await change('uninstallPlugin', { name: TOP });
  }
});

it('never takes away what a pipeline starts to use at that moment', async () => {
  const create =
    'mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { kind: __typename ... on CreatePipelineSuccess { pipeline { id } } } }';
  const archive = 'mutation ($input: ArchivePipelineInput!) { archivePipeline(input: $input) { kind: __typename } }';
  for (let round = 0; round < 8; round++) {
    await install(BASE, '1.0.0');
    const steps = [{ id: 'a', uses: 'base.analyze', with: { text: 'x' }, timeout: '1s' }];
    const definition = { name: `race-${round}`, plugins: { base: BASE }, steps };
    const [removed, saved] = await Promise.all([
      change('uninstallPlugin', { name: BASE }),
      ask(api, token, create, { input: { tenantId, definition } }).then((data) => data['createPipeline']),
    ]);
    expect([removed, saved].filter(({ kind }) => kind.endsWith('Success'))).toHaveLength(1);
    if (saved.pipeline) await ask(api, token, archive, { input: { id: saved.pipeline.id } });
  }
});

it('pins with a pipeline what its plugins call in turn', async () => {
  const document = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    ... on CreatePipelineSuccess { pipeline { latestVersion { plugins { alias name version } } } }
    ... on ValidationFailed { diagnostics { path message hint } } } }`;
  const create = async (definition: object) =>
    (await ask(api, token, document, { input: { tenantId, definition } }))['createPipeline'];
  const steps = [{ id: 'a', uses: 'report.analyze', with: { text: 'x' }, timeout: '5s' }];
  const saved = await create({ name: 'report', plugins: { report: `${REPORT}@*` }, steps });
  expect(saved.pipeline.latestVersion.plugins).toEqual([
    { alias: 'report', name: REPORT, version: '1.0.0' },
    { alias: GEO, name: GEO, version: '1.0.0' },
    { alias: MAPS, name: MAPS, version: '1.0.0' },
  ]);
  const misused = [{ id: 'a', uses: 'report.readable', timeout: '5s', validate: [{ uses: 'report.analyze' }] }];
  const refused = await create({ name: 'misused', plugins: { report: `${REPORT}@*` }, steps: misused });
  expect(refused.diagnostics).toEqual([
    {
      path: '$.steps[0].uses',
      message: "'report.readable' is a validator and can not be a step.",
      hint: 'Use it under `validate` of a step.',
    },
    {
      path: '$.steps[0].validate[0].uses',
      message: "'report.analyze' is a step and can not be a validator.",
      hint: 'Use it in `uses` of a step.',
    },
  ]);
});

it('shows what plugins contribute and need, and what comes with the platform', async () => {
  const document = `{ plugin(name: "${GEO}") { latestVersion { dependencies { name range }
    contributions { kind name title inputSchema configSchema } } } builtInPlugins { alias icon contributions { kind name } } }`;
  const { plugin, builtInPlugins } = await ask(api, undefined, document);
  expect(plugin.latestVersion).toMatchObject({
    dependencies: [{ name: MAPS, range: '^2.0.0' }],
    contributions: [
      { kind: 'STEP', name: 'analyze', inputSchema: { type: 'object' }, configSchema: null },
      { kind: 'VALIDATOR', name: 'readable', inputSchema: null, configSchema: { type: 'object' } },
    ],
  });
  const http = builtInPlugins.find(({ alias }: { alias: string }) => alias === 'http');
  expect(http.icon).toMatch(/^data:image\/svg\+xml;base64,/);
  expect(http.contributions).toContainEqual({ kind: 'STEP', name: 'request' });
});

it('tells how plugins are isolated once a worker has said so', async () => {
  const sandbox = async () =>
    (await ask(api, token, '{ tenant(slug: "acme") { sandbox { level isAvailable } } }'))['tenant'].sandbox;
  expect(await sandbox()).toBeNull();
  const report = { sandbox: { level: 'caged', cage: null, problem: { message: 'No namespaces.', hint: null } } };
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(
    `insert into worker_leases (name, holder, fence, expires_at, report) values ('engine', 'w', 1, now() + interval '1 hour', $1)`,
    [JSON.stringify(report)],
  );
  await admin.end();
  expect(await sandbox()).toEqual({ level: 'CAGED', isAvailable: false });
});
