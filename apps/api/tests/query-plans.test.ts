import { readFileSync } from 'node:fs';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { buildSchema, getNamedType, isNonNullType, isObjectType } from 'graphql';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';
import { fillTenant } from './plans/large-tenant.ts';
import { findPlanProblems, statementsOf } from './plans/statements.ts';

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));

/** The lists of a type that can be asked for without an argument of their own. */
const listsOf = (typeName: string): string[] => {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) return [];
  return Object.values(type.getFields())
    .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
    .filter((field) => field.args.every((arg) => !isNonNullType(arg.type) || arg.defaultValue !== undefined))
    .map(({ name }) => name);
};

/** Each filter and order that is read by an index of its own. */
const RUNS = [
  'status: [failed]',
  'status: [failed, waiting, canceled]',
  'status: [succeeded]',
  'filter: {createdBy: "u7"}',
];
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  runs: [
    ...RUNS,
    'orderBy: {field: CREATED_AT, direction: ASC}',
    'status: [failed], orderBy: {field: CREATED_AT, direction: ASC}',
    'filter: {createdAfter: "2020-01-01T00:00:00Z", trigger: [MANUAL]}',
    'filter: {isTopLevel: true}',
    'filter: {isTopLevel: false}',
    'status: [pending]',
    'filter: {finishedBefore: "2001-01-01T00:00:00Z"}',
  ],
  pipelines: [
    'isArchived: true',
    ...['NAME', 'CREATED_AT', 'UPDATED_AT'].flatMap((field) =>
      ['ASC', 'DESC'].map((direction) => `orderBy: {field: ${field}, direction: ${direction}}`),
    ),
  ],
  approvals: [
    'status: [open]',
    'status: [open, expired]',
    'isAssignedToViewer: true',
    'orderBy: {field: REQUESTED_AT, direction: ASC}',
  ],
  schedules: ['isEnabled: true', 'isEnabled: false'],
  webhooks: ['isEnabled: true'],
  eventTriggers: ['isEnabled: false'],
};

/** A million rows and their indexes take minutes. */
const FILL_TIMEOUT_MS = 900_000;

let database: TestDatabase;
let api: TestApi;
let reader: Client;
let tenant: SeededTenant;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(TOKEN_SCOPES);
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  await fillTenant(admin, tenant.tenantId);
  await admin.end();
  reader = new Client({ connectionString: database.urls.app });
  await reader.connect();
}, FILL_TIMEOUT_MS);

afterAll(async () => {
  await reader?.end();
  await api?.close();
  await database?.drop();
});

const problemsOf = async (query: string): Promise<string[]> => {
  const problems: string[] = [];
  for (const statement of await statementsOf(() => ask(api, token, query))) {
    problems.push(...(await findPlanProblems(reader, { tenantId: tenant.tenantId, statement })));
  }
  return problems;
};

const inTenant = (list: string, args: string): string =>
  `{ tenant(slug: "acme") { ${list}(${args}) { nodes { __typename } pageInfo { startCursor endCursor } } } }`;

const cursorOf = async (list: string, args: string, end: 'startCursor' | 'endCursor'): Promise<string | null> =>
  (await ask(api, token, inTenant(list, args)))['tenant'][list].pageInfo[end];

const CASES = listsOf('Tenant').flatMap((list) => ['', ...(VARIANTS[list] ?? [])].map((args) => [list, args] as const));

describe('a page of a list of a large tenant', () => {
  it.each(CASES)('%s(%s) is read by an index, from either end and between', async (list, args) => {
    const end = await cursorOf(list, `${args} first: 100`, 'endCursor');
    const start = await cursorOf(list, `${args} last: 100`, 'startCursor');
    const pages = [
      'first: 100',
      'last: 100',
      ...(end === null ? [] : [`first: 100, after: "${end}"`]),
      ...(start === null ? [] : [`last: 100, before: "${start}"`]),
    ];
    for (const page of pages) expect(await problemsOf(inTenant(list, `${args} ${page}`))).toEqual([]);
  });

  it.each<readonly [string, string]>([
    ['plugins', '{ plugins(first: 100) { nodes { __typename } } }'],
    ...['UPDATED_AT', 'CREATED_AT', 'INSTALLS', 'DOWNLOADS', 'RATING'].map(
      (field) =>
        [
          `plugins by ${field}`,
          `{ plugins(first: 100, orderBy: {field: ${field}, direction: DESC}) { nodes { name readme permissions { net } } } }`,
        ] as const,
    ),
    ['plugins of a category', '{ plugins(first: 100, category: OTHER) { nodes { name } } }'],
    ['plugins by relevance', '{ plugins(first: 100, search: "plugin") { nodes { name } } }'],
    ['versions', '{ plugins(first: 10) { nodes { versions(first: 10) { nodes { version } } } } }'],
    ...['Pipeline', 'Run'].flatMap((type) =>
      listsOf(type).map((list) => {
        const parents = type === 'Pipeline' ? 'pipelines' : 'runs';
        const query = `{ tenant(slug: "acme") { ${parents}(first: 10) { nodes { ${list}(first: 10) { nodes { __typename } } } } } }`;
        return [`${type}.${list}`, query] as const;
      }),
    ),
  ])('%s below others is read by an index', async (_name, query) => {
    expect(await problemsOf(query)).toEqual([]);
  });
});

it('a plan that reads a whole table is found', async () => {
  const whole = { text: 'select * from runs order by priority, seed limit 10', values: [] };
  const found = await findPlanProblems(reader, { tenantId: tenant.tenantId, statement: whole });
  expect(found).not.toEqual([]);
});

it('counts stop at their bound', async () => {
  const query =
    '{ tenant(slug: "acme") { runs(first: 1) { totalCount(max: 500) { count isExact } } pipelines(first: 1) { totalCount { count isExact } } } }';
  const answer = (await ask(api, token, query))['tenant'];
  expect(answer.runs.totalCount).toEqual({ count: 500, isExact: false });
  expect(answer.pipelines.totalCount).toEqual({ count: 10_000, isExact: false });
});
