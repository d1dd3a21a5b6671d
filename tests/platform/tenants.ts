import { createApiClient, signIn, type ApiClient, type Json } from '@ia-modules/dev/api-client';
import { z } from 'zod';
import type { SharedPlatform } from './shared-platform.ts';

export type Person = Readonly<{ email: string; password: string; token: string; client: ApiClient }>;
export type TenantOwner = Person & Readonly<{ tenantId: string; slug: string }>;

export const ERROR_FIELDS =
  '... on Error { code message } ... on ValidationFailed { diagnostics { code path message } }';

const withId = z.object({ id: z.string() });

export async function signInDemoOwner({ access, api }: Pick<SharedPlatform, 'access' | 'api'>): Promise<TenantOwner> {
  const { email, password, tenant: slug } = access.demo;
  const token = await signIn(api, { email, password });
  const client = createApiClient(access.graphql, token);
  const { tenant } = await client.request(
    z.object({ tenant: withId }),
    'query ($slug: String!) { tenant(slug: $slug) { id } }',
    { slug },
  );
  return { email, password, token, client, tenantId: tenant.id, slug };
}

/** Signs up a new person with a tenant of their own. */
export async function signUpOwner({ access, api }: SharedPlatform, slug: string): Promise<TenantOwner> {
  const email = `${slug}@example.test`;
  const password = `${slug}-long-enough`;
  const response = await fetch(`${api}/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(api).origin },
    body: JSON.stringify({ email, password, name: slug }),
  });
  if (!response.ok) throw new Error(`sign-up answered ${response.status}: ${await response.text()}`);
  const token = await signIn(api, { email, password });
  const client = createApiClient(access.graphql, token);
  const { tenant } = await client.mutate(
    z.object({ tenant: withId }),
    `mutation ($input: CreateTenantInput!) {
      createTenant(input: $input) { ... on CreateTenantSuccess { tenant { id } } ${ERROR_FIELDS} }
    }`,
    { input: { name: slug, slug } },
  );
  return { email, password, token, client, tenantId: tenant.id, slug };
}

export async function createPipeline(owner: TenantOwner, definition: Json): Promise<string> {
  const { pipeline } = await owner.client.mutate(
    z.object({ pipeline: withId }),
    `mutation ($input: CreatePipelineInput!) {
      createPipeline(input: $input) { ... on CreatePipelineSuccess { pipeline { id } } ${ERROR_FIELDS} }
    }`,
    { input: { tenantId: owner.tenantId, definition } },
  );
  return pipeline.id;
}

export async function startRun(owner: TenantOwner, pipelineId: string): Promise<string> {
  const { run } = await owner.client.mutate(
    z.object({ run: withId }),
    `mutation ($input: StartRunInput!) { startRun(input: $input) { ... on StartRunSuccess { run { id } } ${ERROR_FIELDS} } }`,
    { input: { pipelineId, parameters: {} } },
  );
  return run.id;
}

export type RunView = Readonly<{
  status: string;
  outputs: unknown;
  steps: Readonly<Record<string, string>>;
}>;

export async function readRun(owner: TenantOwner, runId: string): Promise<RunView> {
  const step = z.object({ stepId: z.string(), status: z.string() });
  const { node } = await owner.client.request(
    z.object({
      node: z.object({ status: z.string(), outputs: z.unknown(), steps: z.object({ nodes: z.array(step) }) }),
    }),
    `query ($id: ID!) { node(id: $id) { ... on Run { status outputs steps(first: 50) { nodes { stepId status } } } } }`,
    { id: runId },
  );
  const steps = Object.fromEntries(node.steps.nodes.map(({ stepId, status }) => [stepId, status]));
  return { status: node.status, outputs: node.outputs, steps };
}
