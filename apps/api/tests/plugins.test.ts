import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import {
  createTestDatabase,
  integrityOf,
  publishPlugin,
  seedTenant,
  type TestDatabase,
} from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';

const NAME = '@community/readability';

let database: TestDatabase;
let api: TestApi;
let token: string;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  const publisher = await seedTenant(database, { slug: 'publisher', name: 'Publisher' });
  const permissions = { net: ['api.example.com'], secrets: ['API_KEY'] };
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
    await publishPlugin(database, {
      tenantId: publisher.tenantId,
      name: NAME,
      version,
      visibility: 'public',
      permissions,
    });
  }
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const INSTALL = `mutation ($input: InstallPluginInput!) { installPlugin(input: $input) {
  kind: __typename
  ... on InstallPluginSuccess { installation { pluginName version integrity grant { net secrets memoryMb } plugin { title } } }
  ... on ValidationFailed { diagnostics { path message } } ... on Error { message } } }`;

const install = async (more: object) =>
  (await ask(api, token, INSTALL, { input: { tenantId, name: NAME, grant: {}, ...more } }))['installPlugin'];

const CREATE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  kind: __typename
  ... on CreatePipelineSuccess { pipeline { id revision latestVersion { plugins { alias name version integrity } } } }
  ... on ValidationFailed { diagnostics { code path message hint } } ... on Error { message } } }`;

const definitionOf = (name: string, range: string) => ({
  name,
  plugins: { read: `${NAME}@${range}` },
  steps: [{ id: 'a', uses: 'read.analyze', with: { text: 'Hello' }, timeout: '5s' }],
});

const create = async (definition: object) =>
  (await ask(api, token, CREATE, { input: { tenantId, definition } }))['createPipeline'];

describe('the catalogue', () => {
  it('shows public plugins to everybody, found by any of their words', async () => {
    const query = `query ($search: String!) { plugins(search: $search) { nodes { name title visibility latestVersion { version }
      permissions { net secrets } steps { name inputSchema } versions { nodes { version } } } } }`;
    for (const search of ['readab', 'counts WORDS', 'text']) {
      const { nodes } = (await ask(api, undefined, query, { search }))['plugins'];
      expect(nodes).toHaveLength(1);
      expect(nodes[0]).toMatchObject({
        name: NAME,
        visibility: 'public',
        latestVersion: { version: '2.0.0' },
        permissions: { net: ['api.example.com'], secrets: ['API_KEY'] },
        steps: [{ name: 'analyze' }],
      });
      expect(nodes[0].versions.nodes).toHaveLength(3);
    }
    expect((await ask(api, undefined, query, { search: '%' }))['plugins'].nodes).toEqual([]);
  });
});

describe('installPlugin', () => {
  it('takes the newest version that fits, with the grant as given', async () => {
    expect(await install({ version: '^1.0.0', grant: { net: ['api.example.com'] } })).toEqual({
      kind: 'InstallPluginSuccess',
      installation: {
        pluginName: NAME,
        version: '1.1.0',
        integrity: integrityOf('1.1.0'),
        grant: { net: ['api.example.com'], secrets: [], memoryMb: null },
        plugin: { title: 'readability' },
      },
    });
  });

  it.each([
    [{ grant: { net: ['evil.example.com'] } }, 'ValidationFailed'],
    [{ grant: { secrets: ['OTHER_KEY'] } }, 'ValidationFailed'],
    [{ grant: { net: ['http://not a host'] } }, 'ValidationFailed'],
    [{ version: '^9.0.0' }, 'ValidationFailed'],
    [{ name: '@community/none' }, 'NotFound'],
  ])('answers %j with %s', async (more, expected) => {
    expect((await install(more)).kind).toBe(expected);
  });
});

describe('a pipeline with a plugin', () => {
  it('pins the installed version, and refuses ranges and inputs that do not fit', async () => {
    await install({ version: '1.1.0' });
    const created = await create(definitionOf('reading', '^1.0.0'));
    expect(created.pipeline.latestVersion.plugins).toEqual([
      { alias: 'read', name: NAME, version: '1.1.0', integrity: integrityOf('1.1.0') },
    ]);
    const tooNew = await create(definitionOf('too-new', '^2.0.0'));
    expect(tooNew).toMatchObject({
      kind: 'ValidationFailed',
      diagnostics: [{ code: 'IA_PIPELINE_PLUGIN', path: '$.plugins.read' }],
    });
    const wrongInput = {
      ...definitionOf('wrong', '^1.0.0'),
      steps: [{ id: 'a', uses: 'read.analyze', with: { text: 1 } }],
    };
    expect((await create(wrongInput)).diagnostics[0].code).toBe('IA_PIPELINE_WITH');
    const direct = await create({ name: 'direct', steps: [{ id: 'a', uses: `${NAME}#analyze`, with: { text: 'x' } }] });
    expect(direct.pipeline.latestVersion.plugins).toMatchObject([{ alias: NAME, name: NAME, version: '1.1.0' }]);
  });

  it('keeps its plugin installed until it is archived', async () => {
    await install({ version: '1.1.0' });
    const { pipeline } = await create(definitionOf('keeper', '*'));
    const uninstall = `mutation ($tenantId: ID!, $name: String!) { uninstallPlugin(input: { tenantId: $tenantId, name: $name }) {
      kind: __typename ... on Error { message } } }`;
    const variables = { tenantId, name: NAME };
    const refused = (await ask(api, token, uninstall, variables))['uninstallPlugin'];
    expect(refused).toMatchObject({ kind: 'Conflict', message: expect.stringContaining('keeper') });
    const list = '{ tenant(slug: "acme") { pipelines { nodes { id } } } }';
    for (const { id } of (await ask(api, token, list))['tenant'].pipelines.nodes) {
      await ask(api, token, 'mutation ($id: ID!) { archivePipeline(input: { id: $id }) { kind: __typename } }', { id });
    }
    expect(pipeline.revision).toBe(1);
    expect((await ask(api, token, uninstall, variables))['uninstallPlugin'].kind).toBe('UninstallPluginSuccess');
    expect((await ask(api, token, uninstall, variables))['uninstallPlugin'].kind).toBe('NotFound');
  });
});

describe('another version of an installed plugin', () => {
  const WIDER = '@community/wider';
  const UPGRADE = `mutation ($input: UpgradePluginInput!) { upgradePlugin(input: $input) { kind: __typename
    ... on UpgradePluginSuccess { previousVersion dryRun installation { version grant { net secrets } }
      permissionChanges { isWidened addedNet removedNet addedSecrets removedSecrets } }
    ... on Error { code } ... on ValidationFailed { diagnostics { path message } } } }`;
  const upgrade = async (input: object) =>
    (await ask(api, token, UPGRADE, { input: { tenantId, name: WIDER, ...input } }))['upgradePlugin'];

  it('takes the place of the one that is there, and gets nothing that is not granted', async () => {
    const community = await seedTenant(database, { slug: 'wide-community', name: 'Community' });
    const plugin = { tenantId: community.tenantId, name: WIDER, visibility: 'public' } as const;
    await publishPlugin(database, { ...plugin, version: '1.0.0', permissions: { net: ['a.example', 'b.example'] } });
    const wider = { net: ['a.example', 'c.example'], secrets: ['API_KEY'] };
    await publishPlugin(database, { ...plugin, version: '2.0.0', permissions: wider });
    expect((await upgrade({})).kind).toBe('NotFound');
    await ask(
      api,
      token,
      `mutation ($tenantId: ID!, $name: String!) { installPlugin(input: { tenantId: $tenantId, name: $name, version: "1.0.0",
        grant: { net: ["a.example", "b.example"] } }) { __typename } }`,
      { tenantId, name: WIDER },
    );
    const changes = {
      isWidened: true,
      addedNet: ['c.example'],
      removedNet: ['b.example'],
      addedSecrets: ['API_KEY'],
      removedSecrets: [],
    };
    const shown = {
      previousVersion: '1.0.0',
      installation: { version: '2.0.0', grant: { net: ['a.example'], secrets: [] } },
      permissionChanges: changes,
    };
    expect(await upgrade({ dryRun: true })).toMatchObject({ ...shown, dryRun: true });
    const look = `query ($name: String!, $tenantId: ID!) { plugin(name: $name) {
      permissionChanges(from: "1.0.0") { isWidened addedNet } installation(tenantId: $tenantId) { version } } }`;
    expect((await ask(api, token, look, { name: WIDER, tenantId }))['plugin']).toEqual({
      permissionChanges: { isWidened: true, addedNet: ['c.example'] },
      installation: { version: '1.0.0' },
    });
    expect(await upgrade({ grant: { net: ['a.example'] } })).toMatchObject({ ...shown, dryRun: false });
    const tooMuch = await upgrade({ version: '1.0.0', grant: { net: ['c.example'] } });
    expect(tooMuch).toMatchObject({ kind: 'ValidationFailed', diagnostics: [{ path: '$.grant.net' }] });
    const back = await upgrade({ version: '1.0.0', grant: { net: ['b.example'] } });
    expect(back).toMatchObject({ previousVersion: '2.0.0', permissionChanges: { addedNet: ['b.example'] } });
  });
});
