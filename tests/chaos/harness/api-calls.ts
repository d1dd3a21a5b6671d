import type { ApiClient, Json } from '@ia-modules/dev/api-client';
import { z } from 'zod';

const created = z.object({ pipeline: z.object({ id: z.string() }) });
const started = z.object({ run: z.object({ id: z.string() }) });
const found = z.object({ tenant: z.object({ id: z.string() }) });
const FIND = 'query ($slug: String!) { tenant(slug: $slug) { id } }';
const CREATE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  ... on CreatePipelineSuccess { pipeline { id } } ... on Error { code message } } }`;
const START = `mutation ($input: StartRunInput!) { startRun(input: $input) {
  ... on StartRunSuccess { run { id } } ... on Error { code message } } }`;
const DEFINITION = { name: 'one-step', steps: [{ id: 'only', uses: 'core.noop' }] };

/** Saves a pipeline of one step through the API. Gives its id there. */
export const createOnePipeline = async (client: ApiClient, slug: string): Promise<string> => {
  const { tenant } = await client.request(found, FIND, { slug });
  const input = { tenantId: tenant.id, definition: DEFINITION };
  return (await client.mutate(created, CREATE, { input })).pipeline.id;
};

export const startRun = async (client: ApiClient, input: Readonly<Record<string, Json>>): Promise<string> =>
  (await client.mutate(started, START, { input })).run.id;

const refused = z.object({ errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).min(1) });

/** Starts runs until the API can't, and gives the code under which it says so. */
export const startUntilRefused = async ({
  graphqlUrl,
  token,
  pipelineId,
}: Readonly<{ graphqlUrl: string; token: string; pipelineId: string }>): Promise<string | undefined> => {
  for (;;) {
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: START, variables: { input: { pipelineId } } }),
    });
    const refusal = refused.safeParse(await response.json()).data;
    if (refusal !== undefined) return refusal.errors[0]?.extensions.code;
  }
};
