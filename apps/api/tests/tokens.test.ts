import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, send } from './graphql-client.ts';
import { openSocket } from './socket-client.ts';
import { openTenantPeople, type Person, type Robot, type TenantPeople } from './tenant-people.ts';

const TOKEN = 'id name scopes status createdBy expiresAt revokedAt serviceAccount { id } replacedBy { id }';
const result = (name: string, fields: string): string =>
  `kind: __typename ... on ${name}Success { ${fields} } ... on Error { message hint }`;

const CREATE = `mutation ($input: CreateApiTokenInput!) {
  createApiToken(input: $input) { ${result('CreateApiToken', `token apiToken { ${TOKEN} }`)} } }`;
const ROTATE = `mutation ($input: RotateApiTokenInput!) {
  rotateApiToken(input: $input) { ${result('RotateApiToken', `token apiToken { ${TOKEN} }`)} } }`;
const RENAME = `mutation ($input: RenameApiTokenInput!) {
  renameApiToken(input: $input) { ${result('RenameApiToken', `apiToken { ${TOKEN} }`)} } }`;
const REVOKE = `mutation ($input: RevokeApiTokenInput!) {
  revokeApiToken(input: $input) { ${result('RevokeApiToken', `apiToken { ${TOKEN} }`)} } }`;
const LIST = `query ($filter: ApiTokenFilter) { tenant(slug: "acme") { apiTokens(filter: $filter, first: 100) {
  nodes { ${TOKEN} } } } }`;
const NODE = `query ($id: ID!) { node(id: $id) { ... on ApiToken { ${TOKEN} } } }`;
/** What was seen before may count for two more seconds. */
const SOON = { timeout: 10_000 };

const CHANGES = [RENAME, REVOKE, ROTATE];

let database: TestDatabase;
let api: TestApi;
let secondApi: TestApi;
let tenant: SeededTenant;
let people: TenantPeople;
let tenantId: string;
let owner: Person;
let admin: Person;
let developer: Person;
let robot: Robot;
let strongRobot: Robot;

beforeAll(async () => {
  database = await createTestDatabase();
  [api, secondApi] = await Promise.all([startTestApi(database), startTestApi(database)]);
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  people = await openTenantPeople(api, database);
  owner = await people.join(tenant.tenantId, 'owner');
  admin = await people.join(tenant.tenantId, 'admin');
  developer = await people.join(tenant.tenantId, 'developer');
  robot = await people.addRobot(tenant.tenantId, 'developer');
  strongRobot = await people.addRobot(tenant.tenantId, 'admin');
  tenantId = Buffer.from(`Tenant:${tenant.tenantId}`).toString('base64url');
});

afterAll(async () => {
  await people?.close();
  await Promise.all([api?.close(), secondApi?.close()]);
  await database?.drop();
});

type Issued = { readonly token: string; readonly id: string };

const create = async (by: string, more: object = {}): Promise<Issued> => {
  const input = { tenantId, name: 'made', scopes: ['RUNS_READ', 'PIPELINES_READ'], ...more };
  const { createApiToken } = await ask(api, by, CREATE, { input });
  if (createApiToken.token === undefined) throw new Error(JSON.stringify(createApiToken));
  return { token: createApiToken.token, id: createApiToken.apiToken.id };
};

const change = async (by: string, mutation: string, input: object) =>
  Object.values(await ask(api, by, mutation, { input }))[0];

const works = async (token: string): Promise<boolean> =>
  (await send(api, { token, query: '{ viewer { principalKind } }' })).status === 200;

const namedFor = (mutation: string, id: string) => (mutation === RENAME ? { id, name: 'taken' } : { id });

describe('rotation', () => {
  it('gives the same token another secret and ends the old one at once', async () => {
    const old = await create(developer.token, { name: 'deploys', expiresAt: '2999-01-01T00:00:00.000Z' });
    const rotated = await change(developer.token, ROTATE, { id: old.id });
    expect(rotated).toMatchObject({
      kind: 'RotateApiTokenSuccess',
      apiToken: { name: 'deploys', scopes: ['RUNS_READ', 'PIPELINES_READ'], expiresAt: '2999-01-01T00:00:00.000Z' },
    });
    expect(await works(rotated.token)).toBe(true);
    await expect.poll(() => works(old.token), SOON).toBe(false);
    const { node } = await ask(api, developer.token, NODE, { id: old.id });
    expect(node).toMatchObject({ status: 'revoked', replacedBy: { id: rotated.apiToken.id } });
  });

  it('lets the old one work for a while, and is not done twice', async () => {
    const old = await create(developer.token);
    const { token } = await change(developer.token, ROTATE, { id: old.id, graceSeconds: 3_600 });
    expect([await works(token), await works(old.token)]).toEqual([true, true]);
    const { node } = await ask(api, developer.token, NODE, { id: old.id });
    const leftMs = Date.parse(node.expiresAt) - Date.now();
    expect(node.status).toBe('active');
    expect([leftMs > 3_000_000, leftMs <= 3_600_000]).toEqual([true, true]);
    expect(await change(developer.token, ROTATE, { id: old.id })).toMatchObject({ kind: 'Conflict' });
    expect(await change(developer.token, REVOKE, { id: old.id })).toMatchObject({ kind: 'RevokeApiTokenSuccess' });
    await expect.poll(() => works(old.token), SOON).toBe(false);
    expect(await works(token)).toBe(true);
  });

  it.each([-1, 604_801])('refuses a grace period of %i seconds', async (graceSeconds) => {
    const { id } = await create(developer.token);
    expect(await change(developer.token, ROTATE, { id, graceSeconds })).toMatchObject({ kind: 'ValidationFailed' });
  });

  it('of a revoked token is refused', async () => {
    const { id } = await create(developer.token);
    await change(developer.token, REVOKE, { id });
    expect(await change(developer.token, ROTATE, { id })).toMatchObject({ kind: 'Conflict' });
  });

  it('has one winner of two at once', async () => {
    const { id } = await create(developer.token);
    const answers = await Promise.all([1, 2].map(() => change(developer.token, ROTATE, { id })));
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['Conflict', 'RotateApiTokenSuccess']));
  });
});

describe('nobody gets more than they have', () => {
  it('a developer does not even see tokens of an admin, nor of a stronger service account', async () => {
    const ofAdmin = await create(admin.token);
    const ofRobot = await create(admin.token, { serviceAccountId: strongRobot.nodeId });
    const seen = (await ask(api, developer.token, LIST))['tenant'].apiTokens.nodes.map(({ id }: Issued) => id);
    for (const { id } of [ofAdmin, ofRobot]) {
      expect(seen).not.toContain(id);
      expect((await ask(api, developer.token, NODE, { id }))['node']).toBeNull();
      for (const mutation of CHANGES) {
        expect(await change(developer.token, mutation, namedFor(mutation, id))).toMatchObject({ kind: 'NotFound' });
      }
    }
    expect(await works(ofAdmin.token)).toBe(true);
  });

  it('an admin ends what a developer made, but never gets the secret of a person', async () => {
    const { id } = await create(developer.token);
    expect(await change(admin.token, ROTATE, { id })).toMatchObject({ kind: 'Forbidden' });
    expect(await change(admin.token, REVOKE, { id })).toMatchObject({ kind: 'RevokeApiTokenSuccess' });
  });

  it('an admin does not end what an owner made', async () => {
    const { id, token } = await create(owner.token);
    for (const mutation of CHANGES) {
      expect(await change(admin.token, mutation, namedFor(mutation, id))).toMatchObject({ kind: 'Forbidden' });
    }
    expect(await works(token)).toBe(true);
  });

  it('a token rotates its maker’s tokens only as far as it reaches itself', async () => {
    const narrow = await create(developer.token, { scopes: ['TENANT_READ', 'TOKENS_WRITE'] });
    const wide = await create(developer.token, { scopes: ['PIPELINES_WRITE'] });
    expect(await change(narrow.token, ROTATE, { id: wide.id })).toMatchObject({ kind: 'Forbidden' });
    expect(await change(narrow.token, ROTATE, { id: narrow.id })).toMatchObject({ kind: 'RotateApiTokenSuccess' });
  });

  it('a token that expires makes none that outlives it, by rotation neither', async () => {
    const scopes = ['TENANT_READ', 'TOKENS_WRITE'];
    const expiresAt = '2999-01-01T00:00:00.000Z';
    const short = await create(developer.token, { scopes, expiresAt });
    expect(await change(short.token, CREATE, { tenantId, name: 'longer', scopes })).toMatchObject({
      kind: 'Forbidden',
    });
    const later = { id: short.id, expiresAt: '2999-01-02T00:00:00.000Z' };
    expect(await change(short.token, ROTATE, later)).toMatchObject({ kind: 'Forbidden' });
    expect(await change(short.token, ROTATE, { id: short.id, expiresAt: null })).toMatchObject({ kind: 'Forbidden' });
    expect(await change(short.token, ROTATE, { id: short.id })).toMatchObject({ apiToken: { expiresAt } });
  });

  it('a weaker role takes from tokens at once, and from what may be rotated', async () => {
    const person = await people.join(tenant.tenantId, 'admin');
    const made = await create(person.token, { scopes: ['TENANT_READ', 'PLUGINS_INSTALL', 'SECRETS_WRITE'] });
    await people.setRole(tenant.tenantId, person.userId, 'developer');
    const role = async (token: string) => (await ask(api, token, '{ tenant(slug: "acme") { viewerRole } }'))['tenant'];
    for (const token of [person.token, made.token]) {
      await expect.poll(() => role(token), SOON).toEqual({ viewerRole: 'developer' });
    }
    const install = `mutation ($input: InstallPluginInput!) { installPlugin(input: $input) {
      kind: __typename ... on Error { message } } }`;
    const plugin = { tenantId, name: '@acme/none', version: '1.0.0', grant: {} };
    expect(await change(made.token, install, plugin)).toMatchObject({ kind: 'Forbidden' });
    const message = "You can't hand on SECRETS_WRITE.";
    expect(await change(person.token, ROTATE, { id: made.id })).toMatchObject({ kind: 'Forbidden', message });
  });
});

describe('a service account', () => {
  it('acts through tokens with its own role and name', async () => {
    const { token, id } = await create(developer.token, {
      serviceAccountId: robot.nodeId,
      scopes: ['TENANT_READ', 'PIPELINES_READ', 'PIPELINES_WRITE', 'RUNS_READ', 'RUNS_WRITE'],
    });
    const viewer =
      '{ viewer { principalKind user { id } serviceAccount { id role } apiToken { id } tenants { role } } }';
    expect((await ask(api, token, viewer))['viewer']).toEqual({
      principalKind: 'token',
      user: null,
      serviceAccount: { id: robot.nodeId, role: 'developer' },
      apiToken: { id },
      tenants: [{ role: 'developer' }],
    });
    const definition = { name: 'robotic', steps: [{ id: 'a', uses: 'core.noop' }] };
    const save = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
      ... on CreatePipelineSuccess { pipeline { id } } } }`;
    const { pipeline } = await change(token, save, { tenantId, definition });
    const start = `mutation ($input: StartRunInput!) { startRun(input: $input) { ... on StartRunSuccess { run { id } } } }`;
    const { run } = await change(token, start, { pipelineId: pipeline.id });
    const log = `query ($filter: AuditFilter) { tenant(slug: "acme") { auditLog(filter: $filter) { nodes {
      action actor { kind userId user { id } serviceAccount { id } token { id } } node { id } } } } }`;
    const { tenant: seen } = await ask(api, admin.token, log, { filter: { actor: robot.nodeId } });
    const actor = {
      kind: 'service',
      userId: null,
      user: null,
      serviceAccount: { id: robot.nodeId },
      token: { id },
    };
    expect(seen.auditLog.nodes).toEqual([
      { action: 'run.start', actor, node: { id: run.id } },
      { action: 'pipeline.create', actor, node: { id: pipeline.id } },
    ]);
  });

  it('does not decide what people decide, whatever its role and scopes', async () => {
    const token = await people.tokenOfRobot(tenant.tenantId, strongRobot.id, TOKEN_SCOPES);
    const decide = `mutation ($input: DecideApprovalInput!) { decideApproval(input: $input) {
      kind: __typename ... on Error { message hint } } }`;
    const approvalId = Buffer.from(`Approval:${tenant.tenantId}:00000000-0000-4000-8000-000000000000:ask#0/0`).toString(
      'base64url',
    );
    const answer = await change(token, decide, { approvalId, decision: 'APPROVE' });
    expect(answer).toEqual({
      kind: 'Forbidden',
      message: 'This needs the permission approval.decide.',
      hint: 'This is for people: a service account never may, whatever its role.',
    });
  });

  it('makes neither tenants, nor service accounts, nor tokens for others', async () => {
    const token = await people.tokenOfRobot(tenant.tenantId, strongRobot.id, TOKEN_SCOPES);
    const newTenant = 'mutation { createTenant(input: { slug: "other", name: "O" }) { kind: __typename } }';
    const newAccount = `mutation ($input: CreateServiceAccountInput!) {
      createServiceAccount(input: $input) { kind: __typename } }`;
    const more = { name: 'x', scopes: ['RUNS_READ'], tenantId };
    expect((await ask(api, token, newTenant))['createTenant'].kind).toBe('Forbidden');
    expect((await change(token, newAccount, { tenantId, name: 'x', role: 'viewer' })).kind).toBe('Forbidden');
    expect((await change(token, CREATE, { ...more, serviceAccountId: robot.nodeId })).kind).toBe('Forbidden');
    const own = await change(token, CREATE, more);
    expect(own).toMatchObject({
      apiToken: { createdBy: `service:${strongRobot.id}`, serviceAccount: { id: strongRobot.nodeId } },
    });
  });

  it('gets no token from somebody weaker, and no scope that its role has no use for', async () => {
    const input = { tenantId, name: 'x', scopes: ['RUNS_READ'] };
    const strong = { ...input, serviceAccountId: strongRobot.nodeId };
    expect(await change(developer.token, CREATE, strong)).toMatchObject({ kind: 'Forbidden' });
    const viewer = await people.addRobot(tenant.tenantId, 'viewer');
    const useless = { ...input, scopes: ['RUNS_WRITE'], serviceAccountId: viewer.nodeId };
    expect(await change(owner.token, CREATE, useless)).toMatchObject({ kind: 'Forbidden' });
    const foreign = Buffer.from(`ServiceAccount:${tenant.tenantId}:${tenant.tenantId}`).toString('base64url');
    expect(await change(owner.token, CREATE, { ...input, serviceAccountId: foreign })).toMatchObject({
      kind: 'NotFound',
    });
  });

  it('is never an owner, nor stronger than who makes it', async () => {
    const make = `mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) {
      kind: __typename ... on CreateServiceAccountSuccess { serviceAccount { id role disabledAt } } } }`;
    const input = { tenantId, name: 'boss', role: 'owner' };
    expect((await change(owner.token, make, input)).kind).toBe('ValidationFailed');
    expect((await change(developer.token, make, { ...input, role: 'viewer' })).kind).toBe('Forbidden');
    const made = await change(admin.token, make, { ...input, role: 'admin' });
    expect(made).toMatchObject({ serviceAccount: { role: 'admin', disabledAt: null } });
    expect((await change(admin.token, make, { ...input, role: 'viewer' })).kind).toBe('Conflict');
    const update =
      'mutation ($input: UpdateServiceAccountInput!) { updateServiceAccount(input: $input) { kind: __typename } }';
    const { id } = made.serviceAccount;
    expect((await change(admin.token, update, { id, role: 'owner' })).kind).toBe('ValidationFailed');
    const kind = 'UpdateServiceAccountSuccess';
    expect(await change(admin.token, update, { id, role: 'viewer', description: 'less' })).toEqual({ kind });
  });

  it('that is disabled has no working token until it is enabled again', async () => {
    const { nodeId: id } = await people.addRobot(tenant.tenantId, 'viewer');
    const { token } = await create(owner.token, { serviceAccountId: id, scopes: ['RUNS_READ'] });
    const switched = (name: string) => `mutation ($input: ${name}ServiceAccountInput!) {
      ${name.toLowerCase()}ServiceAccount(input: $input) { kind: __typename } }`;
    expect(await works(token)).toBe(true);
    await change(admin.token, switched('Disable'), { id });
    await expect.poll(() => works(token), SOON).toBe(false);
    const input = { tenantId, name: 'x', scopes: ['RUNS_READ'], serviceAccountId: id };
    expect(await change(owner.token, CREATE, input)).toMatchObject({ kind: 'Conflict' });
    await change(admin.token, switched('Enable'), { id });
    await expect.poll(() => works(token), SOON).toBe(true);
  });
});

describe('the list of tokens', () => {
  it('is filtered by whose they are and how they stand', async () => {
    const account = await people.addRobot(tenant.tenantId, 'viewer');
    const person = await people.join(tenant.tenantId, 'developer');
    const [own, ending, ended] = [
      await create(person.token),
      await create(person.token, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() }),
      await create(person.token),
    ];
    await change(person.token, REVOKE, { id: ended.id });
    const ofRobot = await create(person.token, { serviceAccountId: account.nodeId, scopes: ['RUNS_READ'] });
    const list = async (filter: object): Promise<string[]> =>
      (await ask(api, person.token, LIST, { filter }))['tenant'].apiTokens.nodes.map(({ id }: Issued) => id);
    expect(await list({ isOwn: true })).toEqual([ended.id, ending.id, own.id]);
    expect(await list({ isOwn: true, status: ['active'] })).toEqual([ending.id, own.id]);
    expect(await list({ isOwn: true, status: ['revoked'] })).toEqual([ended.id]);
    expect(await list({ serviceAccountId: account.nodeId })).toEqual([ofRobot.id]);
    expect(await list({ isOwn: true, expiresBefore: new Date(Date.now() + 7_200_000).toISOString() })).toEqual([
      ending.id,
    ]);
    expect(await list({ serviceAccountId: tenantId })).toEqual([]);
  });
});

describe('a revoked token', () => {
  it('loses its open sockets, also those at another process', async () => {
    const made = await create(owner.token);
    const sockets = [openSocket(api, made.token), openSocket(secondApi, made.token)];
    for (const socket of sockets) {
      const answer = socket.subscribe('{ viewer { principalKind } }', {});
      await answer.done;
      expect(answer.data).toEqual([{ viewer: { principalKind: 'token' } }]);
    }
    await change(owner.token, REVOKE, { id: made.id });
    expect((await Promise.all(sockets.map(({ closed }) => closed))).map(({ code }) => code)).toEqual([4401, 4401]);
  });
});
