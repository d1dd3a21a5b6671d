import type { TestApi } from '@ia-modules/api/testing';

export type GraphqlError = { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> };
/** A loosely typed answer: tests read what they asked for. */
export type Data = Readonly<Record<string, ReturnType<typeof JSON.parse>>>;
export type Answer = { readonly status: number; readonly data: Data | null; readonly errors?: readonly GraphqlError[] };

/** Sends one operation as a program does. */
export const send = async (
  api: TestApi,
  { token, query, variables }: Readonly<{ token?: string | undefined; query: string; variables?: object }>,
): Promise<Answer> => {
  const response = await fetch(api.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as Omit<Answer, 'status'>;
  return { status: response.status, ...body };
};

/** Sends an operation that must not fail and returns its data. */
export const ask = async (
  api: TestApi,
  token: string | undefined,
  query: string,
  variables?: object,
): Promise<Data> => {
  const answer = await send(api, { token, query, variables: variables ?? {} });
  if (answer.errors !== undefined || answer.data === null) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
};

export type Session = { readonly token: string; readonly cookie: string };

const sessionOf = (response: Response): Session => ({
  token: response.headers.get('set-auth-token') ?? '',
  cookie: (response.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '',
});

export const signUp = async (api: TestApi, email: string): Promise<Session> => {
  const response = await fetch(`${api.url}/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: api.portalOrigin },
    body: JSON.stringify({ email, name: email.split('@')[0], password: 'correct horse battery' }),
  });
  if (!response.ok) throw new Error(await response.text());
  return sessionOf(response);
};
