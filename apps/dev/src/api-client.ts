import { PlatformError } from '@ia-modules/plugin-sdk';
import { createClient } from 'graphql-ws';
import { z } from 'zod';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Variables = Readonly<Record<string, Json | undefined>>;

export type RunEventMessage = Readonly<{
  kind: 'RunEvent';
  seq: number;
  at: string;
  type: string;
  stepId: string | null;
  attempt: number | null;
  data: Json;
  cursor: string;
}>;
export type GapMessage = Readonly<{ kind: 'Gap'; from: number; to: number }>;

export type ApiClient = Readonly<{
  /** Sends an operation and reads its data by the shape. @throws PlatformError for GraphQL errors and other shapes */
  request: <T>(shape: z.ZodType<T>, document: string, variables?: Variables) => Promise<T>;
  /** Sends a mutation of one result union and reads its success. @throws PlatformError with the typed error otherwise */
  mutate: <T>(shape: z.ZodType<T>, document: string, variables: Variables) => Promise<T>;
  /** Yields a run's events from the cursor on, until the run ended. */
  followRun: (runId: string, after?: string) => AsyncIterable<RunEventMessage | GapMessage>;
}>;

const responseSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

const typedErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullish(),
  diagnostics: z.array(z.unknown()).optional(),
});

const RUN_EVENTS = `subscription ($runId: ID!, $after: String) {
  runEvents(runId: $runId, after: $after) {
    kind: __typename
    ... on RunEvent { seq at type stepId attempt data cursor }
    ... on Gap { from to }
  }
}`;

/** Signs in with email and password. Gives the bearer token of the session. */
export async function signIn(
  apiUrl: string,
  credentials: Readonly<{ email: string; password: string }>,
): Promise<string> {
  const response = await fetch(`${apiUrl}/auth/sign-in/email`, {
    method: 'POST',
    // Node's fetch looks like a browser's, from which the API wants to know where it comes from.
    headers: { 'content-type': 'application/json', origin: new URL(apiUrl).origin },
    body: JSON.stringify(credentials),
  });
  const body = await response.text();
  const token = response.headers.get('set-auth-token');
  if (response.ok && token !== null) return token;
  throw failure(`The sign-in as ${credentials.email} was refused (${response.status}): ${body.slice(0, 300)}`);
}

/** Speaks GraphQL over HTTP and websocket as the holder of a session or an API token; without one as nobody. */
export function createApiClient(graphqlUrl: string, token?: string): ApiClient {
  const request: ApiClient['request'] = async (shape, document, variables = {}) =>
    shape.parse(await send({ graphqlUrl, token, document, variables }));
  return {
    request,
    mutate: async (shape, document, variables) =>
      shape.parse(success(await send({ graphqlUrl, token, document, variables }))),
    followRun: (runId, after) => followRun(graphqlUrl, token, { runId, after }),
  };
}

type Operation = Readonly<{ graphqlUrl: string; token: string | undefined; document: string; variables: Variables }>;

async function send({ graphqlUrl, token, document, variables }: Operation): Promise<Record<string, unknown>> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query: document, variables }),
  });
  const text = await response.text();
  const answer = responseSchema.safeParse(parse(text)).data;
  if (answer?.errors !== undefined) throw failure(`The API answered: ${messages(answer.errors)}`);
  if (!response.ok || !answer?.data) throw failure(`The API answered ${response.status}: ${text.slice(0, 300)}`);
  return answer.data;
}

function success(data: Readonly<Record<string, unknown>>): unknown {
  const result = Object.values(data)[0];
  const error = typedErrorSchema.safeParse(result).data;
  if (error === undefined) return result;
  const diagnostics = error.diagnostics === undefined ? '' : ` ${JSON.stringify(error.diagnostics)}`;
  throw new PlatformError({
    code: 'IA_PLATFORM_DEMO',
    message: `${error.code}: ${error.message}${diagnostics}`,
    hint: error.hint ?? undefined,
    details: { code: error.code },
  });
}

async function* followRun(
  graphqlUrl: string,
  token: string | undefined,
  variables: Readonly<{ runId: string; after: string | undefined }>,
): AsyncIterable<RunEventMessage | GapMessage> {
  const client = createClient({
    url: graphqlUrl.replace(/^http/, 'ws'),
    retryAttempts: 0,
    ...(token !== undefined && { connectionParams: { authorization: `Bearer ${token}` } }),
  });
  try {
    const results = client.iterate<{ runEvents: RunEventMessage | GapMessage }>({ query: RUN_EVENTS, variables });
    for await (const { data, errors } of results) {
      if (errors !== undefined) throw failure(`The subscription answered: ${messages(errors)}`);
      if (data?.runEvents) yield data.runEvents;
    }
  } finally {
    await client.dispose();
  }
}

function messages(errors: readonly { readonly message: string }[]): string {
  return errors.map(({ message }) => message).join('; ');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function failure(message: string): PlatformError {
  return new PlatformError({ code: 'IA_PLATFORM_DEMO', message });
}
