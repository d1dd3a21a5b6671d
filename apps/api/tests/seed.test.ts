import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, send } from './graphql-client.ts';

const AUTH_SECRET = 'a secret of at least thirty-two characters';
const SECRET_KEY = Buffer.alloc(32, 1).toString('base64');
const SEED = fileURLToPath(new URL('../src/seed.ts', import.meta.url));

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database, { IA_AUTH_SECRET: AUTH_SECRET });
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const seed = async (more: Readonly<Record<string, string>>) => {
  const env = {
    PATH: process.env['PATH'],
    IA_API_DATABASE_URL: database.urls.app,
    IA_AUTH_DATABASE_URL: database.urls.auth,
    IA_AUTH_SECRET: AUTH_SECRET,
    IA_BLOB_URL: 'file:///nowhere',
    IA_SECRET_KEY: SECRET_KEY,
    ...more,
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=ia-src', SEED], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    readonly demo: Readonly<Record<'tenant' | 'email' | 'password' | 'apiToken', string>>;
    readonly operator?: {
      readonly email: string;
      readonly publishers: Readonly<Record<'ia-modules' | 'open-plugins', string>>;
    };
  };
};

it('makes a demo tenant whose owner and token work, and leaves it alone the second time', async () => {
  const { demo } = await seed({ IA_DEMO_PASSWORD: 'a demo password' });
  expect(demo).toMatchObject({ tenant: 'demo', password: 'a demo password' });
  const query = '{ tenant(slug: "demo") { viewerRole pipelines { nodes { name revision } } } }';
  const expected = {
    viewerRole: 'owner',
    pipelines: {
      nodes: [
        { name: 'order-triage', revision: 1 },
        { name: 'platform-health', revision: 1 },
      ],
    },
  };
  expect((await ask(api, demo.apiToken, query))['tenant']).toEqual(expected);

  const { demo: again } = await seed({ IA_DEMO_PASSWORD: demo.password, IA_DEMO_API_TOKEN: demo.apiToken });
  expect(again).toEqual(demo);
  expect((await ask(api, again.apiToken, query))['tenant']).toEqual(expected);

  const signIn = await fetch(`${api.url}/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: api.portalOrigin },
    body: JSON.stringify({ email: demo.email, password: demo.password }),
  });
  expect(signIn.status).toBe(200);
});

it('makes the operator and the tenants whose plugins come with the platform', async () => {
  const settings = {
    IA_DEMO_PASSWORD: 'a demo password',
    IA_PLATFORM_ADMINS: 'operator@example.com',
    IA_OPERATOR_PASSWORD: 'a password of the operator',
  };
  const { operator } = await seed(settings);
  const publishers = operator?.publishers;
  expect(operator?.email).toBe('operator@example.com');
  for (const slug of ['ia-modules', 'open-plugins'] as const) {
    const query = `{ tenant(slug: "${slug}") { slug viewerRole } }`;
    // What publishes can do nothing else.
    const { errors } = await send(api, { token: publishers?.[slug], query });
    expect(errors?.[0]?.extensions?.['code']).toBe('IA_API_FORBIDDEN');
  }
  expect(await seed({ ...settings, IA_PUBLISHER_TOKENS: JSON.stringify(publishers) })).toMatchObject({ operator });
});

it('keeps the slug of the platform from everybody else', async () => {
  const { demo } = await seed({ IA_DEMO_PASSWORD: 'a demo password' });
  const signIn = await fetch(`${api.url}/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: api.portalOrigin },
    body: JSON.stringify({ email: demo.email, password: demo.password }),
  });
  const { token } = (await signIn.json()) as { readonly token: string };
  const create =
    'mutation { createTenant(input: {slug: "ia-modules", name: "Mine"}) { __typename ... on ValidationFailed { message } } }';
  expect(JSON.stringify(await ask(api, token, create))).toContain('reserved');
});
