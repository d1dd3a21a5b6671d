import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { type ApiClient, createApiClient, signIn } from '../api-client.ts';
import type { PlatformAccess } from '../platform-file.ts';
import { DEMO_PIPELINE, DEMO_PLUGIN, demoPipeline, type PluginVersion } from './demo-pipeline.ts';
import { type PublishedPlugin, publishExample } from './publish-plugin.ts';

export { DEMO_PIPELINE } from './demo-pipeline.ts';

export type DemoOutput = Readonly<{
  /** Announces a step of the demo. */
  step: (title: string) => void;
  /** Says what a step does or gives. */
  say: (line: string) => void;
}>;

const CATALOGUE_TIMEOUT_MS = 30_000;
const POLL_MS = 200;
const TOKEN_LIFETIME_MS = 3_600_000;
const identified = z.object({ id: z.string() });
const savedPipeline = z.object({ pipeline: z.object({ id: z.string(), revision: z.number() }) });
const anything = z.unknown();

const ERROR_FIELDS = '... on Error { code message hint } ... on ValidationFailed { diagnostics { code path message } }';

/** The platform's main job from end to end, as a user would do it. Gives the run's outputs. */
export async function runDemo(access: PlatformAccess, { step, say }: DemoOutput): Promise<unknown> {
  step(`Sign in as ${access.demo.email}, owner of tenant "${access.demo.tenant}"`);
  const session = await signIn(access.graphql.replace(/\/graphql$/, ''), access.demo);
  const client = createApiClient(access.graphql, session);
  const tenantId = await findTenant(client, access.demo.tenant);

  step('Publish a plugin with npm publish and an API token');
  const plugin = await publishWithToken(client, tenantId, { registry: access.registry, say });
  say(`published ${plugin.name}@${plugin.version}`);

  step('Wait until the catalogue shows it, then install it into the tenant');
  await waitForCatalogue(client, plugin);
  await install(client, tenantId, plugin);
  say(`granted ${JSON.stringify(plugin.permissions)}`);

  step(`Save pipeline "${DEMO_PIPELINE}": fetch → condition → plugin in the sandbox, a parallel branch → join`);
  const pipeline = await savePipeline(client, tenantId, plugin);
  say(`revision ${pipeline.revision}`);

  step('Start a run and follow its events over the websocket');
  const packageUrl = `${access.registry}/${plugin.name.replace('/', '%2f')}`;
  const runId = await startRun(client, pipeline.id, packageUrl);
  await followToTheEnd(client, runId, say);

  step('Outputs');
  const run = await readRun(client, runId);
  if (run.status !== 'succeeded') throw failure(`The run ended ${run.status}: ${JSON.stringify(run.error)}`);
  say(JSON.stringify(run.outputs, null, 2));
  return run.outputs;
}

async function findTenant(client: ApiClient, slug: string): Promise<string> {
  const shape = z.object({ tenant: identified.nullable() });
  const { tenant } = await client.request(shape, 'query ($slug: String!) { tenant(slug: $slug) { id } }', { slug });
  if (tenant === null) throw failure(`There is no tenant "${slug}" for this user.`);
  return tenant.id;
}

type Publishing = Readonly<{ registry: string; say: (line: string) => void }>;

/** The token can publish and nothing else, and is revoked afterwards. */
async function publishWithToken(
  client: ApiClient,
  tenantId: string,
  { registry, say }: Publishing,
): Promise<PublishedPlugin> {
  const created = await client.mutate(
    z.object({ token: z.string(), apiToken: identified }),
    `mutation ($input: CreateApiTokenInput!) {
      createApiToken(input: $input) { ... on CreateApiTokenSuccess { token apiToken { id } } ${ERROR_FIELDS} }
    }`,
    {
      input: {
        tenantId,
        name: 'demo publish',
        scopes: ['PLUGINS_PUBLISH'],
        expiresAt: new Date(Date.now() + TOKEN_LIFETIME_MS).toISOString(),
      },
    },
  );
  try {
    return await publishExample({ registry, token: created.token, name: DEMO_PLUGIN, say });
  } finally {
    await client.mutate(
      anything,
      `mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { __typename ${ERROR_FIELDS} } }`,
      { input: { id: created.apiToken.id } },
    );
  }
}

async function waitForCatalogue(client: ApiClient, { name, version }: PluginVersion): Promise<void> {
  const deadline = Date.now() + CATALOGUE_TIMEOUT_MS;
  for (;;) {
    const { plugin } = await client.request(
      z.object({ plugin: z.object({ latestVersion: z.object({ version: z.string() }) }).nullable() }),
      'query ($name: String!) { plugin(name: $name) { latestVersion { version } } }',
      { name },
    );
    const latest = plugin?.latestVersion.version;
    if (latest === version) return;
    if (Date.now() > deadline)
      throw failure(`The catalogue does not show ${name}@${version}; its latest is ${latest}.`);
    await delay(POLL_MS);
  }
}

async function install(client: ApiClient, tenantId: string, plugin: PublishedPlugin): Promise<void> {
  const { name, version, permissions } = plugin;
  await client.mutate(
    anything,
    `mutation ($input: InstallPluginInput!) { installPlugin(input: $input) { __typename ${ERROR_FIELDS} } }`,
    { input: { tenantId, name, version, grant: permissions } },
  );
}

/** Creates the pipeline, or saves a next revision where an earlier demo left it. */
async function savePipeline(client: ApiClient, tenantId: string, plugin: PluginVersion) {
  const definition = demoPipeline(plugin);
  const existing = await findPipeline(client, tenantId);
  const { pipeline } =
    existing === undefined
      ? await client.mutate(
          savedPipeline,
          `mutation ($input: CreatePipelineInput!) {
            createPipeline(input: $input) { ... on CreatePipelineSuccess { pipeline { id revision } } ${ERROR_FIELDS} }
          }`,
          { input: { tenantId, definition } },
        )
      : await client.mutate(
          savedPipeline,
          `mutation ($input: UpdatePipelineInput!) {
            updatePipeline(input: $input) { ... on UpdatePipelineSuccess { pipeline { id revision } } ${ERROR_FIELDS} }
          }`,
          { input: { id: existing.id, definition, expectedVersion: existing.revision } },
        );
  return pipeline;
}

async function findPipeline(client: ApiClient, tenantId: string) {
  const pipeline = z.object({ id: z.string(), name: z.string(), revision: z.number() });
  const { node } = await client.request(
    z.object({ node: z.object({ pipelines: z.object({ nodes: z.array(pipeline) }) }) }),
    `query ($tenantId: ID!, $search: String!) {
      node(id: $tenantId) { ... on Tenant { pipelines(first: 20, search: $search) { nodes { id name revision } } } }
    }`,
    { tenantId, search: DEMO_PIPELINE },
  );
  return node.pipelines.nodes.find(({ name }) => name === DEMO_PIPELINE);
}

async function startRun(client: ApiClient, pipelineId: string, url: string): Promise<string> {
  const { run } = await client.mutate(
    z.object({ run: identified }),
    `mutation ($input: StartRunInput!) { startRun(input: $input) { ... on StartRunSuccess { run { id } } ${ERROR_FIELDS} } }`,
    { input: { pipelineId, parameters: { url } } },
  );
  return run.id;
}

async function followToTheEnd(client: ApiClient, runId: string, say: (line: string) => void): Promise<void> {
  let expected = 1;
  for await (const event of client.followRun(runId)) {
    if (event.kind === 'Gap') throw failure(`Events ${event.from} to ${event.to} are missing.`);
    if (event.seq !== expected) throw failure(`Event ${event.seq} came where ${expected} was due.`);
    expected += 1;
    say(`${String(event.seq).padStart(3)}  ${event.type}${event.stepId === null ? '' : `  ${event.stepId}`}`);
  }
}

async function readRun(client: ApiClient, runId: string) {
  const { node } = await client.request(
    z.object({ node: z.object({ status: z.string(), outputs: z.unknown(), error: z.unknown() }) }),
    'query ($id: ID!) { node(id: $id) { ... on Run { status outputs error { code message hint } } } }',
    { id: runId },
  );
  return node;
}

function failure(message: string): PlatformError {
  return new PlatformError({ code: 'IA_PLATFORM_DEMO', message });
}
