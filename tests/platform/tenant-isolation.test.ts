import { createApiClient } from '@ia-modules/dev/api-client';
import { publishExample } from '@ia-modules/dev/publish-plugin';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { createPipeline, ERROR_FIELDS, signInDemoOwner, signUpOwner, startRun, type TenantOwner } from './tenants.ts';

const SECRET = 'kingfisher';

const platform = inject('platform');
let owner: TenantOwner;
let stranger: TenantOwner;
let pipelineId: string;
let runId: string;

beforeAll(async () => {
  owner = await signInDemoOwner(platform);
  stranger = await signUpOwner(platform, 'strangers');
  pipelineId = await createPipeline(owner, {
    name: `isolation-${SECRET}`,
    steps: [{ id: 'only', uses: 'core.noop', with: { word: SECRET } }],
    outputs: { word: '{{ steps.only.output.word }}' },
  });
  runId = await startRun(owner, pipelineId);
});

const anything = z.record(z.string(), z.unknown());

describe('a user of another tenant', () => {
  test('finds no node of it by id, and no tenant by slug', async () => {
    for (const id of [owner.tenantId, pipelineId, runId]) {
      const query = 'query ($id: ID!) { node(id: $id) { id } }';
      expect(await owner.client.request(anything, query, { id })).toEqual({ node: { id } });
      expect(await stranger.client.request(anything, query, { id })).toEqual({ node: null });
    }
    const query = 'query ($slug: String!) { tenant(slug: $slug) { id } }';
    expect(await stranger.client.request(anything, query, { slug: owner.slug })).toEqual({ tenant: null });
  });

  test('sees only its own tenant, pipelines and runs', async () => {
    const seen = await stranger.client.request(
      anything,
      `{ viewer { tenants { tenant { slug pipelines(first: 50) { nodes { name } } runs(first: 50) { nodes { id } } } } } }`,
    );
    expect(seen).toEqual({
      viewer: { tenants: [{ tenant: { slug: 'strangers', pipelines: { nodes: [] }, runs: { nodes: [] } } }] },
    });
  });

  test.each([
    ['startRun', 'StartRunInput', () => ({ pipelineId })],
    ['cancelRun', 'CancelRunInput', () => ({ runId })],
    ['updatePipeline', 'UpdatePipelineInput', () => ({ id: pipelineId, definition: {}, expectedVersion: 1 })],
    ['createPipeline', 'CreatePipelineInput', () => ({ tenantId: owner.tenantId, definition: {} })],
    ['installPlugin', 'InstallPluginInput', () => ({ tenantId: owner.tenantId, name: '@community/x', grant: {} })],
    ['createApiToken', 'CreateApiTokenInput', () => ({ tenantId: owner.tenantId, name: 'x', scopes: ['RUNS_READ'] })],
  ])('%s is answered as if nothing were there', async (mutation, input, variables) => {
    const data = await stranger.client.request(
      anything,
      `mutation ($input: ${input}!) { ${mutation}(input: $input) { __typename ${ERROR_FIELDS} } }`,
      { input: variables() },
    );
    expect(data[mutation]).toMatchObject({ __typename: 'NotFound', code: 'IA_API_NOT_FOUND' });
  });

  test('hears nothing of its runs over the websocket', async () => {
    const heard: unknown[] = [];
    const listen = async () => {
      for await (const event of stranger.client.followRun(runId)) heard.push(event);
    };
    await expect(listen()).rejects.toBeDefined();
    expect(heard).toEqual([]);
  });

  test('nobody without a sign-in hears or sees anything', async () => {
    const nobody = createApiClient(platform.access.graphql);
    const query = 'query ($id: ID!) { node(id: $id) { id } viewer { principalKind } }';
    await expect(nobody.request(anything, query, { id: runId })).resolves.toEqual({ node: null, viewer: null });
    const listen = async () => {
      for await (const _ of nobody.followRun(runId)) throw new Error('heard an event');
    };
    await expect(listen()).rejects.not.toThrow('heard an event');
  });

  test('gets none of it from the portal', async () => {
    for (const path of [`/t/${owner.slug}`, `/t/${owner.slug}/pipelines`, `/t/${owner.slug}/runs/${runId}`]) {
      const response = await fetch(platform.access.portal + path, {
        headers: { cookie: await sessionCookie(stranger) },
        redirect: 'manual',
      });
      expect(await response.text()).not.toContain(SECRET);
    }
  });

  test('a private package of the tenant is not there for others', async () => {
    const name = `@${owner.slug}/private-${SECRET}`;
    await publishExample({
      registry: platform.access.registry,
      token: platform.access.demo.apiToken,
      name,
      say: () => {},
    });
    const url = `${platform.access.registry}/${name.replace('/', '%2f')}`;
    const strangerToken = await publishToken(stranger);
    const status = async (token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await fetch(url, { headers })).status;
    };
    expect(await status(platform.access.demo.apiToken)).toBe(200);
    expect(await status(strangerToken)).toBe(404);
    expect(await status()).toBe(401);
    const plugin = 'query ($name: String!) { plugin(name: $name) { name } }';
    expect(await owner.client.request(anything, plugin, { name })).toEqual({ plugin: { name } });
    expect(await stranger.client.request(anything, plugin, { name })).toEqual({ plugin: null });
  });

  test("can't publish under the tenant's name", async () => {
    const publishing = publishExample({
      registry: platform.access.registry,
      token: await publishToken(stranger),
      name: `@${owner.slug}/intruder`,
      say: () => {},
    });
    await expect(publishing).rejects.toThrow(/40[34]/);
  });
});

async function publishToken({ client, tenantId }: TenantOwner): Promise<string> {
  const { token } = await client.mutate(
    z.object({ token: z.string() }),
    `mutation ($input: CreateApiTokenInput!) {
      createApiToken(input: $input) { ... on CreateApiTokenSuccess { token } ${ERROR_FIELDS} }
    }`,
    { input: { tenantId, name: 'isolation', scopes: ['PLUGINS_PUBLISH', 'PLUGINS_READ'] } },
  );
  return token;
}

async function sessionCookie({ email, password }: TenantOwner): Promise<string> {
  const response = await fetch(`${platform.api}/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(platform.api).origin },
    body: JSON.stringify({ email, password }),
  });
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
