import { createHash, createHmac } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { ask, type Session, send, signUp } from './graphql-client.ts';

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await createControlFixture({ IA_TENANT_GRACE_DAYS: '7' });
});

afterAll(async () => {
  await fixture?.close();
});

type Owned = { readonly slug: string; readonly id: string; readonly uuid: string; readonly owner: Session };

const CREATE = `mutation ($slug: String!) { createTenant(input: {slug: $slug, name: "Before"}) {
  ... on CreateTenantSuccess { tenant { id } } ... on Error { message } } }`;

/** A tenant of somebody of its own. */
const createOwned = async (slug: string): Promise<Owned> => {
  const owner = await signUp(fixture.api, `${slug}@example.com`);
  const { id } = (await fixture.ask(CREATE, { slug }, owner.token))['createTenant'].tenant;
  return { slug, id, uuid: Buffer.from(id, 'base64url').toString('utf8').split(':')[1] ?? '', owner };
};

const addMember = async (
  { uuid }: Owned,
  email: string,
  role: string,
): Promise<Session & { readonly userId: string }> => {
  const session = await signUp(fixture.api, email);
  const [user] = await fixture.rows.query('select id from auth."user" where email = $1', [email]);
  const userId = String(user?.['id']);
  const sql = 'insert into auth.member ("organizationId", "userId", role) values ($1, $2, $3)';
  await fixture.rows.query(sql, [uuid, userId, role]);
  return { ...session, userId };
};

const change = async (name: string, input: object, token: string) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const query = `mutation ($input: ${type}Input!) { ${name}(input: $input) { kind: __typename
    ... on ${type}Success { tenant { slug name viewerRole deletion { requestedAt requestedBy eraseAt } } }
    ... on Error { code message } } }`;
  return (await fixture.ask(query, { input }, token))[name];
};

const rolesOf = async ({ uuid }: Owned): Promise<readonly string[]> => {
  const sql = 'select role from auth.member where "organizationId" = $1 order by role';
  return (await fixture.rows.query(sql, [uuid])).map(({ role }) => String(role));
};

const lastAudit = async ({ uuid }: Owned) => {
  const sql = 'select action, details from audit_log where tenant_id = $1 order by seq desc limit 1';
  return (await fixture.rows.query(sql, [uuid]))[0];
};

describe('renaming', () => {
  it('changes the name in both places, and never the slug', async () => {
    const tenant = await createOwned('renamed');
    const answer = await change('renameTenant', { tenantId: tenant.id, name: 'After' }, tenant.owner.token);
    expect(answer).toMatchObject({ kind: 'RenameTenantSuccess', tenant: { slug: 'renamed', name: 'After' } });
    const names = await fixture.rows.query(
      `select t.name, o.name as organization from tenants t join auth.organization o on o.id = t.id::text where t.id = $1`,
      [tenant.uuid],
    );
    expect(names).toEqual([{ name: 'After', organization: 'After' }]);
    expect(await lastAudit(tenant)).toEqual({
      action: 'tenant.rename',
      details: { before: { name: 'Before' }, after: { name: 'After' } },
    });
  });

  it('is for owners and admins, with a name that is one', async () => {
    const tenant = await createOwned('named');
    const viewer = await addMember(tenant, 'viewer@named.example', 'viewer');
    const rename = (name: string, token: string) => change('renameTenant', { tenantId: tenant.id, name }, token);
    expect((await rename('Mine', viewer.token)).kind).toBe('Forbidden');
    expect((await rename('Mine', fixture.token)).kind).toBe('NotFound');
    expect((await rename('', tenant.owner.token)).kind).toBe('ValidationFailed');
  });
});

describe('handing over', () => {
  it('makes the other the owner and the owner an admin, at once', async () => {
    const tenant = await createOwned('handed');
    const heir = await addMember(tenant, 'heir@handed.example', 'viewer');
    const input = { tenantId: tenant.id, userId: heir.userId };
    const answer = await change('transferTenant', input, tenant.owner.token);
    expect(answer).toMatchObject({ kind: 'TransferTenantSuccess', tenant: { viewerRole: 'admin' } });
    expect(await rolesOf(tenant)).toEqual(['admin', 'owner']);
    expect((await change('transferTenant', input, tenant.owner.token)).kind).toBe('Forbidden');
    expect((await change('renameTenant', { tenantId: tenant.id, name: 'Heir' }, heir.token)).kind).toBe(
      'RenameTenantSuccess',
    );
  });

  it('is refused to who is no owner, to tokens, and to who is no member; the tenant always has an owner', async () => {
    const tenant = await createOwned('kept');
    const admin = await addMember(tenant, 'admin@kept.example', 'admin');
    const give = (userId: string, token: string) => change('transferTenant', { tenantId: tenant.id, userId }, token);
    expect((await give(admin.userId, admin.token)).kind).toBe('Forbidden');
    expect((await give(crypto.randomUUID(), tenant.owner.token)).kind).toBe('ValidationFailed');
    const ofToken = { tenantId: fixture.tenantId, userId: admin.userId };
    expect((await change('transferTenant', ofToken, fixture.token)).kind).toBe('Forbidden');
    const both = await Promise.all([give(admin.userId, tenant.owner.token), give(admin.userId, tenant.owner.token)]);
    expect(both.filter(({ kind }) => kind === 'TransferTenantSuccess')).toHaveLength(1);
    expect(await rolesOf(tenant)).toEqual(['admin', 'owner']);
  });
});

const START = `mutation ($id: ID!) { startRun(input: { pipelineId: $id }) { kind: __typename
  ... on StartRunSuccess { run { id } } } }`;

/** A tenant with a token, a pipeline and a run that waits for a worker. */
const createBusy = async (slug: string) => {
  const tenant = await createOwned(slug);
  const { token } = tenant.owner;
  const createToken = `mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
    ... on CreateApiTokenSuccess { token } } }`;
  const scopes = ['TENANT_READ', 'TENANT_WRITE', 'RUNS_READ', 'RUNS_WRITE', 'PIPELINES_READ'];
  const made = await fixture.ask(createToken, { input: { tenantId: tenant.id, name: 't', scopes } }, token);
  const createPipeline = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    ... on CreatePipelineSuccess { pipeline { id } } } }`;
  const definition = { name: 'p', steps: [{ id: 'a', uses: 'core.noop' }] };
  const pipeline = await fixture.ask(createPipeline, { input: { tenantId: tenant.id, definition } }, token);
  const pipelineId: string = pipeline['createPipeline'].pipeline.id;
  const run = (await fixture.ask(START, { id: pipelineId }, token))['startRun'];
  expect(run.kind).toBe('StartRunSuccess');
  return { ...tenant, apiToken: made['createApiToken'].token as string, pipelineId };
};

describe('deleting', () => {
  it('wants the slug once more, from an owner', async () => {
    const tenant = await createOwned('careful');
    const admin = await addMember(tenant, 'admin@careful.example', 'admin');
    const remove = (confirmSlug: string, token: string) =>
      change('deleteTenant', { tenantId: tenant.id, confirmSlug }, token);
    expect((await remove('careles', tenant.owner.token)).kind).toBe('ValidationFailed');
    expect((await remove('careful', admin.token)).kind).toBe('Forbidden');
    expect((await remove('careful', fixture.token)).kind).toBe('NotFound');
  });

  it('closes the tenant: its runs are asked to end, its tokens end, nothing starts', async () => {
    const tenant = await createBusy('closing');
    const { token } = tenant.owner;
    const asked = Date.now();
    const answer = await change('deleteTenant', { tenantId: tenant.id, confirmSlug: 'closing' }, token);
    expect(answer.kind).toBe('DeleteTenantSuccess');
    const { eraseAt } = answer.tenant.deletion;
    expect(Math.abs(Date.parse(eraseAt) - asked - 7 * 24 * 3_600_000)).toBeLessThan(60_000);
    const commands = await fixture.rows.query('select kind from run_commands where tenant_id = $1', [tenant.uuid]);
    expect(commands).toEqual([{ kind: 'cancel' }]);

    await expect
      .poll(
        async () => (await send(fixture.api, { token: tenant.apiToken, query: '{ viewer { principalKind } }' })).status,
      )
      .toBe(401);
    expect((await fixture.ask(START, { id: tenant.pipelineId }, token))['startRun'].kind).toBe('Forbidden');
    const again = await change('deleteTenant', { tenantId: tenant.id, confirmSlug: 'closing' }, token);
    expect(again.kind).toBe('Conflict');
    const seen = await fixture.ask('{ tenant(slug: "closing") { name deletion { eraseAt } } }', {}, token);
    expect(seen['tenant']).toMatchObject({ name: 'Before', deletion: { eraseAt } });
  });

  it('lets nothing start past the API either', async () => {
    const tenant = await createBusy('sealed');
    const createWebhook = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
      ... on CreateWebhookSuccess { secret webhook { url } } } }`;
    const input = { pipelineId: tenant.pipelineId, name: 'hook' };
    const { secret, webhook } = (await fixture.ask(createWebhook, { input }, tenant.owner.token))['createWebhook'];
    const call = async () => {
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = createHmac('sha256', secret).update(`${timestamp}.{}`).digest('hex');
      const headers = {
        'content-type': 'application/json',
        'x-ia-timestamp': timestamp,
        'x-ia-signature': `sha256=${signature}`,
      };
      return fetch(`${fixture.api.url}${new URL(webhook.url).pathname}`, { method: 'POST', body: '{}', headers });
    };
    expect((await call()).status).toBe(202);
    await change('deleteTenant', { tenantId: tenant.id, confirmSlug: 'sealed' }, tenant.owner.token);
    expect((await call()).status).toBe(401);
    const insert = `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
      select gen_random_uuid(), tenant_id, pipeline_id, pipeline_version_id, '{}', '{}', 1, 'schedule:x' from runs
      where tenant_id = $1`;
    await expect(fixture.rows.query(insert, [tenant.uuid])).rejects.toMatchObject({ code: 'IAQ02' });
    await fixture.rows.query(
      `insert into schedules (id, tenant_id, pipeline_id, name, cron, time_zone, parameters, next_at, created_by)
       select gen_random_uuid(), tenant_id, id, 's', '* * * * *', 'UTC', '{}', now() - interval '1 hour', 'u'
       from pipelines where tenant_id = $1`,
      [tenant.uuid],
    );
    const due = 'select from due_schedules(now(), 10) where tenant_id = $1';
    expect(await fixture.rows.query(due, [tenant.uuid])).toEqual([]);
    expect(await fixture.rows.query('select next_due_at() as at')).toEqual([{ at: null }]);
    await change('restoreTenant', { tenantId: tenant.id }, tenant.owner.token);
    expect(await fixture.rows.query(due, [tenant.uuid])).toHaveLength(1);
    await fixture.rows.query('delete from schedules');
  });
});

describe('taking a deletion back', () => {
  it('opens the tenant again, tokens included; runs stay canceled', async () => {
    const tenant = await createBusy('restored');
    const { token } = tenant.owner;
    expect((await change('restoreTenant', { tenantId: tenant.id }, token)).kind).toBe('Conflict');
    await change('deleteTenant', { tenantId: tenant.id, confirmSlug: 'restored' }, token);
    const answer = await change('restoreTenant', { tenantId: tenant.id }, token);
    expect(answer).toMatchObject({ kind: 'RestoreTenantSuccess', tenant: { deletion: null } });
    expect((await fixture.ask(START, { id: tenant.pipelineId }, token))['startRun'].kind).toBe('StartRunSuccess');
    await expect
      .poll(
        async () => (await send(fixture.api, { token: tenant.apiToken, query: '{ viewer { principalKind } }' })).status,
      )
      .toBe(200);
  });

  it('is over when the days of grace are, and it is erased', async () => {
    const tenant = await createBusy('late');
    const { token } = tenant.owner;
    await change('deleteTenant', { tenantId: tenant.id, confirmSlug: 'late' }, token);
    // A worker that does not live holds nothing up.
    await fixture.rows.query(`update tenants set erase_at = now() where id = $1`, [tenant.uuid]);
    expect((await change('restoreTenant', { tenantId: tenant.id }, token)).kind).not.toBe('RestoreTenantSuccess');
    const other = await createOwned('other-late');
    // Whoever deletes a tenant sets the chores off; those of others are done with it.
    await change('deleteTenant', { tenantId: other.id, confirmSlug: 'other-late' }, other.owner.token);
    await expect
      .poll(() => fixture.rows.query('select slug from erased_tenants where erased_at is not null'), {
        timeout: 20_000,
      })
      .toEqual([{ slug: 'late' }]);
    const again = await ask(fixture.api, token, CREATE, { slug: 'late' });
    expect(again['createTenant'].message).toContain("can't be made");
  });
});

const EXPORT = `mutation ($id: ID!) { exportTenant(input: {tenantId: $id}) { kind: __typename
  ... on ExportTenantSuccess { export { id status files { name } manifestUrl } } } }`;
const READ_EXPORT = `query ($id: ID!) { node(id: $id) { ... on TenantExport {
  status finishedAt manifestUrl files { name rows sizeBytes sha256 url } } } }`;

/** The public address of the API is another one in tests. */
const download = (url: string): Promise<Response> => {
  const { pathname, search } = new URL(url);
  return fetch(`${fixture.api.url}${pathname}${search}`);
};

describe('an export', () => {
  it('holds everything as files, for owners who read them within minutes', async () => {
    const tenant = await createBusy('exported');
    const { token } = tenant.owner;
    const asked = (await fixture.ask(EXPORT, { id: tenant.id }, token))['exportTenant'].export;
    expect(asked).toMatchObject({ status: 'pending', files: [], manifestUrl: null });
    const read = async () => (await fixture.ask(READ_EXPORT, { id: asked.id }, token))['node'];
    await expect.poll(async () => (await read()).status, { timeout: 20_000 }).toBe('succeeded');
    const { files, manifestUrl } = await read();
    const runs = files.find(({ name }: { name: string }) => name === 'runs.jsonl.gz');
    const response = await download(runs.url);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(runs.sha256);
    const lines = gunzipSync(bytes).toString('utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ tenant_id: tenant.uuid })]);
    const manifest = (await (await download(manifestUrl)).json()) as { tenantId: string; files: unknown[] };
    expect(manifest).toMatchObject({ tenantId: tenant.uuid });
    expect(manifest.files).toHaveLength(files.length);
    const list = '{ tenant(slug: "exported") { exports(first: 5) { nodes { id status } } } }';
    expect((await fixture.ask(list, {}, token))['tenant'].exports.nodes).toEqual([
      { id: asked.id, status: 'succeeded' },
    ]);
  });

  it('is made ten times a day at most', async () => {
    const tenant = await createOwned('greedy');
    const made = `insert into tenant_exports (id, tenant_id, status, requested_by, finished_at)
      select gen_random_uuid(), $1, 'expired', 'test', now() from generate_series(1, 10)`;
    await fixture.rows.query(made, [tenant.uuid]);
    const askAgain = async () =>
      (await fixture.ask(EXPORT, { id: tenant.id }, tenant.owner.token))['exportTenant'].kind;
    expect(await askAgain()).toBe('QuotaExceeded');
    await fixture.rows.query(
      `update tenant_exports set requested_at = now() - interval '25 hours' where tenant_id = $1`,
      [tenant.uuid],
    );
    expect(await askAgain()).toBe('ExportTenantSuccess');
  });

  it('is nobody else’s: not a member’s, not a stranger’s, not of who changes the address', async () => {
    const [row] = await fixture.rows.query(`select id, tenant_id from tenant_exports where status = 'succeeded'`);
    const [tenantId, exportId] = [String(row?.['tenant_id']), String(row?.['id'])];
    const id = Buffer.from(`TenantExport:${tenantId}:${exportId}`).toString('base64url');
    expect((await fixture.ask(READ_EXPORT, { id }))['node']).toBeNull();
    const tenant = await createOwned('curious');
    const admin = await addMember(tenant, 'admin@curious.example', 'admin');
    expect((await fixture.ask(EXPORT, { id: tenant.id }, admin.token))['exportTenant'].kind).toBe('Forbidden');
    const path = `/exports/${tenantId}/${exportId}/runs.jsonl.gz`;
    for (const query of ['', '?until=99999999999999&signature=x', `?until=1&signature=${'A'.repeat(43)}`]) {
      expect((await fetch(`${fixture.api.url}${path}${query}`)).status).toBe(404);
    }
  });
});
