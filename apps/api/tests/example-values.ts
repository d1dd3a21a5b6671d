import { summarize } from '@ia-modules/benchmark';
import { openRegistryLogin } from '@ia-modules/database';
import { publishPlugin } from '@ia-modules/database/testing';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { Client } from 'pg';
import { vi } from 'vitest';
import { COMMUNITY_VALUES } from './community-values.ts';
import type { ExampleScene } from './example-scene.ts';
import { failingAt } from './recorded-run.ts';

type ValueMaker = (scene: ExampleScene) => Promise<string>;

const NAME = { type: 'object', properties: { name: { type: 'string', default: 'world' } } };
const HELLO = { name: 'hello', parameters: NAME, steps: [{ id: 'greet', uses: 'core.noop', with: { text: 'Hello' } }] };
const WAITS = { name: 'waits', steps: [{ id: 'wait', uses: 'core.wait', with: { signal: 'go' } }] };
const ASKS = { name: 'asks', steps: [{ id: 'ask', uses: 'human.approval', with: { title: 'Ship it?' } }] };
const CALL = { uses: 'http.request', with: { url: 'https://example.com/' }, timeout: '5s' };
const FAILS = { name: 'fails', steps: [{ id: 'call', ...CALL }] };
const PAYS = { name: 'pays', steps: [{ id: 'pay', ...CALL, on_unknown: 'ask' }] };

const loses = {
  execute: () =>
    Promise.reject(new PlatformError({ code: 'IA_TASK_FAILED', message: 'lost', details: { outcome: 'unknown' } })),
};

const trigger = async (scene: ExampleScene, mutation: string, field: string): Promise<string> => {
  const pipelineId = await scene.value('pipeline');
  const answer = await scene.ask(mutation, { pipelineId });
  return Object.values(answer)[0][field].id;
};

const publish = async (scene: ExampleScene, base: string): Promise<string> => {
  const name = `@${scene.slug}/${base}`;
  const plugin = { tenantId: scene.rowId, name, visibility: 'public' } as const;
  await publishPlugin(scene.database, { ...plugin, version: '1.0.0', permissions: { net: ['api.example.com'] } });
  const net = ['api.example.com', 'cdn.example.com'];
  await publishPlugin(scene.database, { ...plugin, version: '1.1.0', permissions: { net } });
  return name;
};

const UPLOAD_BENCHMARK = `mutation ($tenantId: ID!, $report: JSON!) {
  uploadBenchmark(input: { tenantId: $tenantId, name: "orders", label: "v1", report: $report }) {
    ... on UploadBenchmarkSuccess { benchmarkReport { id } } } }`;

const REPORT = {
  format: 1,
  measuredAt: '2026-01-31T09:00:00Z',
  machine: { cpu: 'any', cores: 2, memoryGb: 4, node: '26.0.0' },
  cases: [{ name: 'run', unit: 'ms', isLowerBetter: true, summary: summarize([11, 12, 13]), samples: [11, 12, 13] }],
};

const INSTALL = `mutation ($tenantId: ID!, $name: String!) {
  installPlugin(input: { tenantId: $tenantId, name: $name, version: "1.0.0", grant: { net: ["api.example.com"] } }) {
    ... on InstallPluginSuccess { installation { id } } } }`;

const install = async (scene: ExampleScene): Promise<string> => {
  const name = await scene.value('installedPlugin');
  const { installPlugin } = await scene.ask(INSTALL, { tenantId: scene.tenant, name });
  return installPlugin.installation.id;
};

const REHEARSE = `mutation ($tenantId: ID!, $name: String!) {
  rehearseUpgrade(input: { tenantId: $tenantId, name: $name, toVersion: "1.1.0" }) {
    ... on RehearseUpgradeSuccess { rehearsal { id } } } }`;

const queryAuth = async (url: string, sql: string, values: readonly unknown[]): Promise<Record<string, unknown>> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows[0] ?? {};
  } finally {
    await client.end();
  }
};

const nodeId = (type: string, tenantId: string, id: string): string =>
  Buffer.from(`${type}:${tenantId}:${id}`).toString('base64url');

/** A tenant of others has invited the person. */
const inviteElsewhere = async ({ database, slug, userId, email }: ExampleScene): Promise<string> => {
  const add = `with made as (insert into "organization" ("name", "slug") values ('Elsewhere', $1) returning id)
    insert into "invitation" ("organizationId", "email", "role", "status", "expiresAt", "inviterId")
    select id, $2, 'viewer', 'pending', now() + interval '1 day', $3 from made
    returning id, "organizationId" as tenant`;
  const invited = await queryAuth(database.urls.auth, add, [`${slug}-elsewhere`, email, userId]);
  return nodeId('Invitation', String(invited['tenant']), String(invited['id']));
};

/** As the registry does it for `npm login`. */
const beginNpmLogin = async ({ database }: ExampleScene): Promise<string> => {
  const client = new Client({ connectionString: database.urls.registry });
  await client.connect();
  try {
    const opened = await openRegistryLogin(client, { name: 'npm on a laptop', address: '127.0.0.1' });
    return opened?.code ?? '';
  } finally {
    await client.end();
  }
};

/** What stands in examples for values that only a real tenant has. Each is made when an example first asks for it. */
export const EXAMPLE_VALUES: Readonly<Record<string, ValueMaker>> = {
  ...COMMUNITY_VALUES,
  apiToken: async ({ ask, tenant }) =>
    (
      await ask(
        `mutation ($tenantId: ID!) { createApiToken(input: { tenantId: $tenantId, name: "example", scopes: [RUNS_READ] }) {
          ... on CreateApiTokenSuccess { apiToken { id } } } }`,
        { tenantId: tenant },
      )
    )['createApiToken'].apiToken.id,
  approval: async ({ record, ask }) => {
    const run = await record(ASKS);
    const query = 'query ($id: ID!) { node(id: $id) { ... on Run { approvals { nodes { id } } } } }';
    return (await ask(query, { id: run.id }))['node'].approvals.nodes[0].id;
  },
  archivedPipeline: async ({ createPipeline, ask }) => {
    const id = await createPipeline({ ...HELLO, name: 'old' });
    await ask('mutation ($id: ID!) { archivePipeline(input: { id: $id }) { __typename } }', { id });
    return id;
  },
  benchmarkReport: async ({ ask, tenant }) =>
    (await ask(UPLOAD_BENCHMARK, { tenantId: tenant, report: REPORT }))['uploadBenchmark'].benchmarkReport.id,
  disabledServiceAccount: async (scene) => {
    const id = await scene.value('serviceAccount');
    await scene.ask('mutation ($id: ID!) { disableServiceAccount(input: { id: $id }) { __typename } }', { id });
    return id;
  },
  effect: async (scene) => {
    const query = `query ($id: ID!) { node(id: $id) { ... on Run { effects(states: [unknown]) { nodes { key } } } } }`;
    return (await scene.ask(query, { id: await scene.value('effectRun') }))['node'].effects.nodes[0].key;
  },
  effectRun: async ({ record }) => (await record(PAYS, { executor: loses })).id,
  email: async ({ email }) => email,
  eventTrigger: (scene) =>
    trigger(
      scene,
      `mutation ($pipelineId: ID!) { createEventTrigger(input: { pipelineId: $pipelineId, name: "any", event: run_ended }) {
        ... on CreateEventTriggerSuccess { eventTrigger { id } } } }`,
      'eventTrigger',
    ),
  failedRun: async ({ record }) => (await record(FAILS, { executor: failingAt('call') })).id,
  installation: install,
  installedPlugin: (scene) => publish(scene, 'installed'),
  invitation: async ({ ask, tenant }) =>
    (
      await ask(
        `mutation ($tenantId: ID!) { inviteMember(input: { tenantId: $tenantId, email: "invited@example.com", role: viewer }) {
          ... on InviteMemberSuccess { invitation { id } } } }`,
        { tenantId: tenant },
      )
    )['inviteMember'].invitation.id,
  member: async ({ addMember }) => (await addMember()).userId,
  memberEmail: async ({ addMember }) => (await addMember()).email,
  memberNode: async ({ addMember, rowId }) => nodeId('Member', rowId, (await addMember()).userId),
  newSlug: async ({ slug }) => `new-${slug}`,
  npmLoginCode: beginNpmLogin,
  ownInvitation: (scene) => inviteElsewhere(scene),
  pausedRun: async ({ record }) =>
    (await record({ ...WAITS, name: 'paused' }, { tell: (run) => run.send({ kind: 'pause_requested', by: null }) })).id,
  pendingRun: async (scene) => (await scene.start(await scene.value('pipeline'))).id,
  pipeline: async ({ createPipeline, ask }) => {
    const id = await createPipeline(HELLO);
    const definition = { ...HELLO, steps: [...HELLO.steps, { id: 'leave', uses: 'core.noop' }] };
    await ask(
      `mutation ($id: ID!, $definition: JSON!) {
        updatePipeline(input: { id: $id, definition: $definition, expectedVersion: 1 }) { __typename } }`,
      { id, definition },
    );
    return id;
  },
  pipelineVersion: async (scene) => {
    const query = 'query ($id: ID!) { node(id: $id) { ... on Pipeline { latestVersion { id } } } }';
    return (await scene.ask(query, { id: await scene.value('pipeline') }))['node'].latestVersion.id;
  },
  plugin: (scene) => publish(scene, 'readability'),
  rehearsal: async (scene) => {
    const name = await scene.value('upgradable');
    const asked = await scene.ask(REHEARSE, { tenantId: scene.tenant, name });
    return asked['rehearseUpgrade'].rehearsal.id;
  },
  run: async ({ record }) => (await record({ ...HELLO, name: 'done' })).id,
  schedule: (scene) =>
    trigger(
      scene,
      `mutation ($pipelineId: ID!) { createSchedule(input: { pipelineId: $pipelineId, name: "daily", cron: "0 9 * * *", timeZone: "UTC" }) {
        ... on CreateScheduleSuccess { schedule { id } } } }`,
      'schedule',
    ),
  secret: async ({ ask, tenant }) =>
    (
      await ask(
        `mutation ($tenantId: ID!) { createSecret(input: { tenantId: $tenantId, name: "API_KEY", value: "hunter22" }) {
          ... on CreateSecretSuccess { secret { id } } } }`,
        { tenantId: tenant },
      )
    )['createSecret'].secret.id,
  serviceAccount: async ({ ask, tenant }) =>
    (
      await ask(
        `mutation ($tenantId: ID!) { createServiceAccount(input: { tenantId: $tenantId, name: "robot", role: operator }) {
          ... on CreateServiceAccountSuccess { serviceAccount { id } } } }`,
        { tenantId: tenant },
      )
    )['createServiceAccount'].serviceAccount.id,
  session: async ({ database, userId }) => {
    const add = `insert into "session" ("expiresAt", "token", "updatedAt", "userId")
      values (now() + interval '1 day', gen_random_uuid()::text, now(), $1) returning id`;
    return (await queryAuth(database.urls.auth, add, [userId]))['id'] as string;
  },
  slug: async ({ slug }) => slug,
  tenant: async ({ tenant }) => tenant,
  tenantExport: async ({ ask, tenant }) => {
    const { exportTenant } = await ask(
      `mutation ($tenantId: ID!) { exportTenant(input: { tenantId: $tenantId }) {
        ... on ExportTenantSuccess { export { id } } } }`,
      { tenantId: tenant },
    );
    const { id } = exportTenant.export;
    const isWritten = async (): Promise<boolean> => {
      const { node } = await ask('query ($id: ID!) { node(id: $id) { ... on TenantExport { status } } }', { id });
      return node.status === 'succeeded';
    };
    await vi.waitUntil(isWritten, { timeout: 20_000, interval: 50 });
    return id;
  },
  upgradable: async (scene) => {
    await scene.value('installation');
    return scene.value('installedPlugin');
  },
  userId: async ({ userId }) => userId,
  waitingRun: async ({ record }) => (await record(WAITS)).id,
  webhook: (scene) =>
    trigger(
      scene,
      `mutation ($pipelineId: ID!) { createWebhook(input: { pipelineId: $pipelineId, name: "hook" }) {
        ... on CreateWebhookSuccess { webhook { id } } } }`,
      'webhook',
    ),
};
