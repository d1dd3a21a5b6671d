import type { Json } from '@ia-modules/engine';
import { z } from 'zod';
import {
  foreignAnswer,
  graphqlErrorSchema,
  toPlatformError,
  toQueryError,
  typedErrorSchema,
  unreachable,
} from './api-failure.ts';
import type { Connection } from './connection.ts';

export type Variables = Readonly<Record<string, Json | undefined>>;

/** A GraphQL document with the shape of its data. */
export type Operation<T> = { readonly document: string; readonly shape: z.ZodType<T> };

export type ApiClient = {
  readonly connection: Connection;
  /** @throws PlatformError with what the API or the network says */
  readonly query: <T>(operation: Operation<T>, variables?: Variables) => Promise<T>;
  /**
   * Sends a mutation with one field, whose success it gives.
   * @throws PlatformError also for the typed errors of its result
   */
  readonly mutate: <T>(operation: Operation<T>, variables: Variables) => Promise<T>;
};

const TIMEOUT_MS = 60_000;

const answerSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(graphqlErrorSchema).nonempty().optional(),
});

export const createApiClient = (connection: Connection): ApiClient => ({
  connection,
  query: async ({ document, shape }, variables = {}) => read(shape, await send(connection, document, variables)),
  mutate: async ({ document, shape }, variables) => {
    const [result] = Object.values(await send(connection, document, variables));
    const typedError = typedErrorSchema.safeParse(result);
    if (typedError.success) throw toPlatformError(typedError.data);
    return read(shape, result);
  },
});

const read = <T>(shape: z.ZodType<T>, data: unknown): T => {
  const parsed = shape.safeParse(data);
  if (parsed.success) return parsed.data;
  throw foreignAnswer(`The API answered something else than was asked for: ${z.prettifyError(parsed.error)}`);
};

const send = async (
  { apiUrl, token }: Connection,
  query: string,
  variables: Variables,
): Promise<Readonly<Record<string, unknown>>> => {
  const { status, text } = await post(apiUrl, token, JSON.stringify({ query, variables }));
  const answer = answerSchema.safeParse(tryParse(text)).data;
  if (answer?.errors !== undefined) throw toQueryError(answer.errors);
  if (!answer?.data) throw foreignAnswer(`What answered at ${apiUrl} is no GraphQL API (status ${status}).`);
  return answer.data;
};

const post = async (
  apiUrl: string,
  token: string | undefined,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> => {
  try {
    const response = await fetch(apiUrl, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json',
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body,
      // A token goes to the address that was named and to no other.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw unreachable(apiUrl, error);
  }
};

const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
