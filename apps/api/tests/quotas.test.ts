import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { send, signUp } from './graphql-client.ts';

let fixture: ControlFixture;
let operator: string;
let pipelineId: string;

const NOOP = { steps: [{ id: 'a', uses: 'core.noop' }] };
const SET = `mutation ($input: SetTenantLimitsInput!) { setTenantLimits(input: $input) { kind: __typename
  ... on Error { message } } }`;
const START = `mutation ($input: StartRunInput!) { startRun(input: $input) { kind: __typename
  ... on StartRunSuccess { run { id } } ... on Error { code message hint } } }`;
const USAGE = `{ tenant(slug: "acme") { usage {
  runsToday { used limit resetsAt } eventsToday { used limit } storageBytes { used limit resetsAt }
  plugins { used limit } pipelines { used limit } members { used limit } concurrentRuns { used limit } } } }`;
const UNLIMITED = {
  maxRunsPerDay: null,
  maxEventsPerDay: null,
  maxStorageBytes: null,
  maxPlugins: null,
  maxPipelines: null,
  maxMembers: null,
};

const setLimits = async (limits: object): Promise<void> => {
  const input = { tenantId: fixture.tenantId, ...limits };
  const { setTenantLimits } = await fixture.ask(SET, { input }, operator);
  expect(setTenantLimits.kind).toBe('SetTenantLimitsSuccess');
};

const start = async (more: object = {}) =>
  (await fixture.ask(START, { input: { pipelineId, ...more } }))['startRun'] as {
    kind: string;
    message: string;
    run: { id: string };
  };

/** A hundred at once may be more than a busy machine takes: whoever waits for too long is told so. */
const startOrBusy = async () => {
  const variables = { input: { pipelineId } };
  const { data, errors } = await send(fixture.api, { token: fixture.token, query: START, variables });
  return (data?.['startRun'] ?? { kind: errors?.[0]?.extensions?.['code'] }) as { readonly kind: string };
};

const usage = async () => (await fixture.ask(USAGE))['tenant'].usage;

const tomorrow = (): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1)).toISOString();
};

beforeAll(async () => {
  fixture = await createControlFixture({
    IA_PLATFORM_ADMINS: 'ops@example.com',
    IA_MAX_TENANTS_PER_PERSON: '2',
  });
  operator = (await signUp(fixture.api, 'ops@example.com')).token;
  await fixture.rows.query(`update auth."user" set "emailVerified" = true where email = 'ops@example.com'`);
  pipelineId = await fixture.createPipeline(NOOP);
});

afterAll(async () => {
  await fixture?.close();
});

beforeEach(async () => {
  await setLimits(UNLIMITED);
});

describe('runs per day', () => {
  it('are exact for a hundred that start at once, and say when there is room again', async () => {
    const { used } = (await usage()).runsToday;
    await setLimits({ maxRunsPerDay: used + 10 });
    const answers = await Promise.all(Array.from({ length: 100 }, startOrBusy));
    const count = (wanted: string): number => answers.filter(({ kind }) => kind === wanted).length;
    expect(count('StartRunSuccess')).toBe(10);
    expect(count('QuotaExceeded') + count('IA_API_BUSY')).toBe(90);
    const refused = answers.find(({ kind }) => kind === 'QuotaExceeded');
    const midnight = tomorrow().replace('.000Z', 'Z');
    expect(refused).toMatchObject({
      code: 'IA_API_QUOTA',
      message: `The quota of ${used + 10} runs a day is used up. There is room again at ${midnight}.`,
    });
    expect((await usage()).runsToday).toEqual({ used: used + 10, limit: used + 10, resetsAt: tomorrow() });
  });

  it('count a repeated request once', async () => {
    const { used } = (await usage()).runsToday;
    await setLimits({ maxRunsPerDay: used + 1 });
    const first = await start({ idempotencyKey: 'once' });
    const again = await start({ idempotencyKey: 'once' });
    expect([first.kind, again.kind]).toEqual(['StartRunSuccess', 'StartRunSuccess']);
    expect(again.run.id).toBe(first.run.id);
    expect((await start()).kind).toBe('QuotaExceeded');
  });

  it('hold for runs made out of others, one by one in a bulk', async () => {
    const run = await start();
    const { used } = (await usage()).runsToday;
    await setLimits({ maxRunsPerDay: used + 1 });
    const bulk = `mutation ($input: BulkRunsInput!) { bulkRuns(input: $input) { kind: __typename
      ... on BulkRunsSuccess { results { run { id } error { code } } } } }`;
    const replay = (ids: readonly string[]) =>
      fixture.ask(bulk, { input: { tenantId: fixture.tenantId, action: 'REPLAY', runIds: ids } });
    const [other] = await fixture.rows.query('select id from runs order by created_at limit 1');
    const otherId = Buffer.from(`Run:${fixture.tenant.tenantId}:${String(other?.['id'])}`).toString('base64url');
    const { results } = (await replay([run.run.id, otherId]))['bulkRuns'];
    expect(results.map(({ error }: { error: { code: string } | null }) => error?.code ?? null)).toEqual([
      null,
      'IA_API_QUOTA',
    ]);
  });

  it('answer webhooks with 429 and when to come again', async () => {
    const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
      ... on CreateWebhookSuccess { secret webhook { url } } } }`;
    const input = { pipelineId, name: 'hook' };
    const { secret, webhook } = (await fixture.ask(create, { input }))['createWebhook'];
    await setLimits({ maxRunsPerDay: (await usage()).runsToday.used });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const response = await fetch(`${fixture.api.url}${new URL(webhook.url).pathname}`, {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/json',
        'x-ia-timestamp': timestamp,
        'x-ia-signature': `sha256=${createHmac('sha256', secret).update(`${timestamp}.{}`).digest('hex')}`,
      },
    });
    const body = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect(response.status).toBe(429);
    expect(body.errors[0]?.extensions.code).toBe('IA_API_QUOTA');
    const waitMs = Date.parse(tomorrow()) - Date.now();
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(waitMs / 1_000 - 60);
    expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(Math.ceil(waitMs / 1_000) + 1);
  });

  it('are one tenant’s alone', async () => {
    await setLimits({ maxRunsPerDay: 1 });
    const other = await signUp(fixture.api, 'other@example.com');
    const create = `mutation { createTenant(input: {slug: "other", name: "Other"}) {
      ... on CreateTenantSuccess { tenant { id usage { runsToday { used limit } } } } } }`;
    const { tenant } = (await fixture.ask(create, {}, other.token))['createTenant'];
    expect(tenant.usage.runsToday).toEqual({ used: 0, limit: null });
  });
});

describe('tenants', () => {
  const create = async (slug: string, token: string) => {
    const mutation = `mutation { createTenant(input: {slug: "${slug}", name: "T"}) { kind: __typename ... on Error { message } } }`;
    return (await fixture.ask(mutation, {}, token))['createTenant'];
  };

  it('are owned by one person to a number, and by the operator without one', async () => {
    const { token } = await signUp(fixture.api, 'collector@example.com');
    expect((await create('first-one', token)).kind).toBe('CreateTenantSuccess');
    expect((await create('second-one', token)).kind).toBe('CreateTenantSuccess');
    expect(await create('third-one', token)).toEqual({
      kind: 'QuotaExceeded',
      message: 'You own 2 tenants; 2 are allowed.',
    });
    for (const slug of ['ops-one', 'ops-two', 'ops-three']) {
      expect((await create(slug, operator)).kind).toBe('CreateTenantSuccess');
    }
  });
});

describe('events and storage', () => {
  it('are what runs wrote, to the byte, and let no more start', async () => {
    const before = await usage();
    const { events } = await fixture.recorded(NOOP);
    const [chunks] = await fixture.rows.query(
      'select sum(octet_length(events::text))::int as bytes from run_event_chunks',
    );
    const now = await usage();
    expect(now.eventsToday.used).toBe(before.eventsToday.used + events.length);
    expect(now.storageBytes.used).toBe(chunks?.['bytes']);
    await setLimits({ maxEventsPerDay: now.eventsToday.used });
    expect((await start()).message).toMatch(/^The quota of \d+ events a day is used up\. There is room again at /);
    await setLimits({ maxEventsPerDay: null, maxStorageBytes: now.storageBytes.used });
    expect((await start()).message).toMatch(/^The quota of \d+ bytes of storage is used up/);
    await fixture.rows.query('delete from run_event_chunks');
    expect((await usage()).storageBytes.used).toBe(0);
    expect((await start()).kind).toBe('StartRunSuccess');
  });

  it('are shown day by day', async () => {
    const query = '{ tenant(slug: "acme") { usageHistory(days: 3) { day runs events bytesWritten bytesRemoved } } }';
    const [today, ...earlier] = (await fixture.ask(query))['tenant'].usageHistory;
    expect(today.runs).toBe((await usage()).runsToday.used);
    expect(today.bytesRemoved).toBe(today.bytesWritten);
    expect(earlier.map(({ runs }: { runs: number }) => runs)).toEqual([0, 0]);
    const wrong = fixture.ask('{ tenant(slug: "acme") { usageHistory(days: 367) { runs } } }');
    await expect(wrong).rejects.toThrow('`days` is from 1 to 366');
  });
});

describe('what there may be so many of at a time', () => {
  it('is exact for pipelines that are made at once, and archived ones make room', async () => {
    const { used } = (await usage()).pipelines;
    await setLimits({ maxPipelines: used + 2 });
    const create = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { kind: __typename
      ... on CreatePipelineSuccess { pipeline { id } } ... on Error { message } } }`;
    const make = async (n: number) => {
      const input = { tenantId: fixture.tenantId, definition: { name: `many-${n}`, ...NOOP } };
      return (await fixture.ask(create, { input }))['createPipeline'];
    };
    const made = await Promise.all(Array.from({ length: 8 }, (_, n) => make(n)));
    const succeeded = made.filter(({ kind }) => kind === 'CreatePipelineSuccess');
    expect(succeeded).toHaveLength(2);
    expect(made.filter(({ kind }) => kind === 'QuotaExceeded')).toHaveLength(6);
    const archive = 'mutation ($id: ID!) { archivePipeline(input: { id: $id }) { kind: __typename } }';
    await fixture.ask(archive, { id: succeeded[0].pipeline.id });
    expect((await make(9)).kind).toBe('CreatePipelineSuccess');
    expect((await make(10)).message).toBe(`The quota of ${used + 2} pipelines is used up: archive one first.`);
  });

  it('is exact for plugins, and an upgrade takes no place', async () => {
    await setLimits({ maxPlugins: 1 });
    const install = (name: string) =>
      fixture.rows.query(
        `insert into installations (id, tenant_id, plugin_name, version, integrity, "grant", installed_by)
         values (gen_random_uuid(), $1, $2, '1.0.0', 'sha512-x', '{}', 'u')
         on conflict (tenant_id, plugin_name) do update set version = '1.0.1'`,
        [fixture.tenant.tenantId, name],
      );
    const installs = await Promise.allSettled([install('@acme/one'), install('@acme/one')]);
    expect(installs.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await expect(install('@acme/two')).rejects.toMatchObject({
      code: 'IAQ01',
      message: 'The quota of 1 installed plugins is used up: uninstall one first.',
    });
    expect((await usage()).plugins).toEqual({ used: 1, limit: 1 });
    await fixture.rows.query('delete from installations');
  });

  it('counts members with their invitations, exactly', async () => {
    const { used } = (await usage()).members;
    await setLimits({ maxMembers: used + 1 });
    const invite = () =>
      fixture.rows
        .query(
          `insert into auth.invitation ("organizationId", email, role, status, "expiresAt", "inviterId")
           values ('${fixture.tenant.tenantId}', 'x@example.com', 'viewer', 'pending', now() + interval '1 day',
             '${fixture.tenant.userId}')`,
        )
        .then(
          () => 'invited',
          (error: { code?: string }) => error.code,
        );
    const answers = [await invite(), await invite()];
    expect(answers).toEqual(['invited', 'IAQ01']);
    // Who accepts an invitation takes the place that it kept; who comes past it finds none.
    const join = async () => {
      const user = `insert into auth."user" (name, email, "emailVerified") values ('x', $1, true) returning id`;
      const [made] = await fixture.rows.query(user, [`${crypto.randomUUID()}@example.com`]);
      const member = `insert into auth.member ("organizationId", "userId", role) values ($1, $2, 'viewer')`;
      return fixture.rows.query(member, [fixture.tenant.tenantId, made?.['id']]);
    };
    await join();
    await expect(join()).rejects.toMatchObject({ code: 'IAQ01' });
  });
});

describe('quotas', () => {
  it.each([{ maxRunsPerDay: 0 }, { maxStorageBytes: 1.5 }, { maxEventsPerDay: -1 }, { maxPlugins: 1_000_001 }])(
    'are not %j',
    async (wrong) => {
      const input = { tenantId: fixture.tenantId, ...wrong };
      expect((await fixture.ask(SET, { input }, operator))['setTenantLimits'].kind).toBe('ValidationFailed');
    },
  );
});
