import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import {
  createTestDatabase,
  publishPlugin,
  type SeededTenant,
  seedTenant,
  type TestDatabase,
} from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, send } from './graphql-client.ts';
import { recordStatements } from './isolation/recorded-statements.ts';

type Words = Readonly<{
  title: string;
  description: string;
  keywords: readonly string[];
  readme: string;
  category: string;
}>;

const PUBLIC: Readonly<Record<string, Partial<Words>>> = {
  '@community/weather': {
    title: 'Weather',
    description: 'Forecasts for places',
    keywords: ['climate'],
    category: 'web',
  },
  '@community/csv-reader': { title: 'CSV reader', description: 'Parses tables', category: 'data' },
  '@community/reading-time': { title: 'Reading time', description: 'How long a text takes', category: 'text' },
  '@community/tables': { title: 'Tables', readme: 'Made for spreadsheets of any size', category: 'data' },
  '@other/umbrella': { title: 'Umbrella', description: 'Asks for the weather and decides', category: 'web' },
};

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let owner: SeededTenant;
let acme: SeededTenant;
let acmeToken: string;
let acmeId: string;

const describePlugin = async (name: string, words: Partial<Words>): Promise<void> => {
  const { title = name, description = '', keywords = [], readme = '', category = 'other' } = words;
  await admin.query(
    `update plugin_versions set readme = $2, manifest = manifest || jsonb_build_object('category', $3::text) where plugin_name = $1`,
    [name, readme, category],
  );
  await admin.query('update plugins set title = $2, description = $3, keywords = $4 where name = $1', [
    name,
    title,
    description,
    keywords,
  ]);
};

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  owner = await seedTenant(database, { slug: 'community-owner', name: 'Owner' });
  acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  acmeToken = await acme.apiToken(TOKEN_SCOPES);
  acmeId = (await ask(api, acmeToken, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  for (const [name, words] of Object.entries(PUBLIC)) {
    await publishPlugin(database, { tenantId: owner.tenantId, name, version: '1.0.0', visibility: 'public' });
    await describePlugin(name, words);
  }
  await publishPlugin(database, {
    tenantId: acme.tenantId,
    name: '@acme/weather-secret',
    version: '1.0.0',
    visibility: 'private',
  });
  await describePlugin('@acme/weather-secret', { title: 'Secret weather' });
});

beforeEach(async () => {
  await admin.query(
    `update plugins set install_count = 0, download_count = 0, rating_count = 0, rating_sum = 0, updated_at = now()`,
  );
});

afterAll(async () => {
  await admin?.end();
  await api?.close();
  await database?.drop();
});

const namesOf = async (args: string, token?: string): Promise<string[]> => {
  const { nodes } = (await ask(api, token, `{ plugins(${args}) { nodes { name } } }`))['plugins'];
  return nodes.map(({ name }: { name: string }) => name);
};
const search = (text: string, more = ''): Promise<string[]> => namesOf(`search: ${JSON.stringify(text)} ${more}`);

describe('a search', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['a word', 'weather', ['@community/weather', '@other/umbrella']],
    ['a word of the description', 'forecast', ['@community/weather']],
    ['a keyword', 'climate', ['@community/weather']],
    ['another form of a word', 'parse table', ['@community/csv-reader']],
    ['a word of the readme', 'spreadsheet', ['@community/tables']],
    ['a contribution', 'analyze readable', Object.keys(PUBLIC)],
    ['the beginning of a word', 'weath', ['@community/weather', '@other/umbrella']],
    ['beginnings of two words', 'csv pars', ['@community/csv-reader']],
    ['a typo', 'waether', ['@community/weather']],
    ['typos of two words', 'csv readr', ['@community/csv-reader']],
    ['a typo of a word that stands in a description as well', 'weathr', ['@community/weather', '@other/umbrella']],
    ['the middle of a word', 'eathe', ['@community/weather']],
    ['the beginning of a name', '@community/rea', ['@community/reading-time']],
    ['a name', '@community/csv-reader', ['@community/csv-reader']],
    ['what looks like code', 'csv.read', ['@community/csv-reader']],
    ['a letter', 'u', ['@other/umbrella']],
    ['capitals', 'WEATHER', ['@community/weather', '@other/umbrella']],
    ['words that say nothing beside others', 'the weather', ['@community/weather', '@other/umbrella']],
    ['what is nowhere', 'zzzqqq', []],
  ])('finds by %s', async (_name, text, names) => {
    const found = await search(text);
    // What only resembles it may stand behind.
    expect(found.slice(0, Math.max(names.length, 1)).toSorted()).toEqual([...names].toSorted());
  });

  it.each<readonly [string, string]>([
    ['operators', `' & | ! <-> :* ( ) \\ " ; -- $1`],
    ['half an expression', 'weather & ('],
    ['quotes', `weather'':*A`],
    ['wildcards', '%%%___'],
    ['10 kB', 'weather '.repeat(1_250)],
    ['one long word', 'w'.repeat(10_000)],
    ['NUL', 'wea\0ther'],
    ['half a character', 'weather \ud800'],
    ['emoji', '🌦️☂️'],
    ['other letters', 'погода 天気 ราคา'],
    ['only spaces', ' \t\n '],
    ['directions', '\u202eweather'],
  ])('takes %s', async (_name, text) => {
    const { errors } = await send(api, {
      query: 'query ($text: String!) { plugins(search: $text) { nodes { name } } }',
      variables: { text },
    });
    expect(errors).toBeUndefined();
  });

  it('shows what is private to those who own it alone', async () => {
    expect(await search('weather')).not.toContain('@acme/weather-secret');
    expect(await namesOf(`search: "weather", tenantId: "${acmeId}"`, acmeToken)).toContain('@acme/weather-secret');
    const hidden = '{ plugins(search: "secret") { totalCount { count } facets { categories { count } } } }';
    expect((await ask(api, undefined, hidden))['plugins']).toEqual({
      totalCount: { count: 0 },
      facets: { categories: [] },
    });
  });
});

describe('what stands first', () => {
  it('is what fits best, then what is used, rated and fresh', async () => {
    const change = (set: string) => admin.query(`update plugins set ${set} where name = '@other/umbrella'`);
    expect((await search('weather'))[0]).toBe('@community/weather');
    await admin.query(
      `update plugins set title = 'Rain', description = 'weather' where name = '@community/reading-time'`,
    );
    const pair = async () => (await search('weather')).filter((name) => name !== '@community/weather');
    await change('install_count = 50');
    expect(await pair()).toEqual(['@other/umbrella', '@community/reading-time']);
    await change('install_count = 0');
    await admin.query(`update plugins set rating_count = 40, rating_sum = 200 where name = '@community/reading-time'`);
    expect(await pair()).toEqual(['@community/reading-time', '@other/umbrella']);
    await admin.query(`update plugins set rating_count = 0, rating_sum = 0, updated_at = now() - interval '3 years'
      where name = '@community/reading-time'`);
    expect(await pair()).toEqual(['@other/umbrella', '@community/reading-time']);
    await describePlugin('@community/reading-time', PUBLIC['@community/reading-time'] ?? {});
  });

  it('is not what is deprecated or has an advisory', async () => {
    await admin.query(`update plugin_versions set deprecated = 'gone' where plugin_name = '@community/weather'`);
    expect(await search('weather')).toEqual(['@other/umbrella', '@community/weather']);
    await admin.query(`update plugin_versions set deprecated = null where plugin_name = '@community/weather'`);
    expect((await search('weather'))[0]).toBe('@community/weather');
  });
});

it('a plugin that is taken down is found by its owner alone', async () => {
  await admin.query(
    `insert into takedowns (id, tenant_id, plugin_name, reason, taken_down_by) values (gen_random_uuid(), $1, '@acme/weather-secret', 'x', 'op')`,
    [acme.tenantId],
  );
  await admin.query(
    `insert into takedowns (id, tenant_id, plugin_name, reason, taken_down_by) values (gen_random_uuid(), $1, '@other/umbrella', 'x', 'op')`,
    [owner.tenantId],
  );
  expect(await search('umbrella')).toEqual([]);
  expect(await namesOf('first: 100')).not.toContain('@other/umbrella');
  expect(await namesOf(`search: "secret", tenantId: "${acmeId}"`, acmeToken)).toEqual(['@acme/weather-secret']);
  await admin.query('update takedowns set lifted_at = now()');
  expect(await search('umbrella')).toEqual(['@other/umbrella']);
});

const ORDERS = ['RELEVANCE', 'NAME', 'UPDATED_AT', 'CREATED_AT', 'INSTALLS', 'DOWNLOADS', 'RATING'];
const CASES = ORDERS.flatMap((field) =>
  ['ASC', 'DESC'].flatMap((direction) => ['', 'search: "analyze"'].map((text) => [field, direction, text] as const)),
);

describe('the pages of a list', () => {
  it.each(CASES)('by %s, %s %s have each plugin once, from either end', async (field, direction, text) => {
    const args = `${text} orderBy: {field: ${field}, direction: ${direction}}`;
    const all = await namesOf(`${args} first: 100`);
    expect(all).toHaveLength(5);
    const page = async (more: string) =>
      (
        await ask(
          api,
          undefined,
          `{ plugins(${args} ${more}) { nodes { name } pageInfo { startCursor endCursor hasNextPage } } }`,
        )
      )['plugins'];
    const [forward, backward]: [string[], string[]] = [[], []];
    for (let after: string | null = null; forward.length < 5; ) {
      const { nodes, pageInfo } = await page(`first: 2 ${after === null ? '' : `after: "${after}"`}`);
      forward.push(...nodes.map(({ name }: { name: string }) => name));
      after = pageInfo.endCursor;
    }
    for (let before: string | null = null; backward.length < 5; ) {
      const { nodes, pageInfo } = await page(`last: 2 ${before === null ? '' : `before: "${before}"`}`);
      backward.unshift(...nodes.map(({ name }: { name: string }) => name));
      before = pageInfo.startCursor;
    }
    expect([forward, backward]).toEqual([all, all]);
  });

  it('belong to their filter', async () => {
    const list = '{ plugins(search: "analyze", first: 1) { pageInfo { endCursor } } }';
    const { endCursor } = (await ask(api, undefined, list))['plugins'].pageInfo;
    const { errors } = await send(api, {
      query: `{ plugins(search: "weather", after: "${endCursor}") { nodes { name } } }`,
    });
    expect(errors?.[0]?.extensions?.['code']).toBe('IA_API_INVALID');
  });
});

describe('filters', () => {
  it.each<readonly [string, readonly string[]]>([
    ['category: DATA', ['@community/csv-reader', '@community/tables']],
    ['search: "parse", category: DATA', ['@community/csv-reader']],
    ['kind: VALIDATOR, publisher: "other"', ['@other/umbrella']],
    ['kind: HOOK', []],
    ['publisher: "@other"', ['@other/umbrella']],
    ['builtIn: true', []],
    ['builtIn: false, publisher: "other"', ['@other/umbrella']],
    ['verifiedOnly: true', []],
    ['minRating: 4', []],
    ['compatibleOnly: true, category: TEXT', ['@community/reading-time']],
  ])('%s', async (args, names) => {
    expect(await namesOf(args)).toEqual(names);
  });

  it('leave out what does not work with this platform', async () => {
    await admin.query(`update plugins set platform_range = '>=99' where name = '@community/reading-time'`);
    expect(await namesOf('compatibleOnly: true, category: TEXT')).toEqual([]);
    expect(await search('reading', 'compatibleOnly: true')).not.toContain('@community/reading-time');
    const asked = '{ plugin(name: "@community/reading-time") { compatibility { isCompatible message } } }';
    expect((await ask(api, undefined, asked))['plugin'].compatibility).toMatchObject({ isCompatible: false });
    await admin.query('update plugins set platform_range = null');
  });

  it('have counts and what there is among what they let through', async () => {
    const asked = `{ plugins(search: "analyze") { totalCount { count isExact } facets { categories { category count } kinds { kind count } } }
      pluginCategories { category title count } }`;
    const answer = await ask(api, undefined, asked);
    expect(answer['plugins']).toEqual({
      totalCount: { count: 5, isExact: true },
      facets: {
        categories: [
          { category: 'DATA', count: 2 },
          { category: 'TEXT', count: 1 },
          { category: 'WEB', count: 2 },
        ],
        kinds: [
          { kind: 'STEP', count: 5 },
          { kind: 'VALIDATOR', count: 5 },
        ],
      },
    });
    expect(answer['pluginCategories']).toContainEqual({ category: 'DATA', title: 'Data', count: 2 });
  });
});

describe('a plugin', () => {
  it.each([
    '{ plugins(first: 100) { nodes { versions(first: 30) { nodes { advisories(first: 1) { nodes { id } } } } } } }',
    '{ plugins(first: 100) { nodes { versions(first: 100) { nodes { version } } reviews(first: 100) { nodes { id } } } } }',
    '{ plugins(first: 100) { nodes { publisher { plugins(first: 100) { nodes { versions(first: 1) { nodes { version } } } } } } } }',
    '{ plugins(first: 100) { nodes { statistics(days: 366) { downloads installs } } } }',
    `{ ${Array.from({ length: 250 }, (_, index) => `a${index}: plugins(first: 1, search: "reads") { nodes { name } }`).join(' ')} }`,
  ])('is not asked for more than a request may cost: %.60s', async (query) => {
    const { errors } = await send(api, { query });
    expect(errors?.[0]?.extensions?.['code']).toBe('IA_API_LIMIT');
  });

  it('shows its use by day, with days of nothing', async () => {
    await admin.query(
      `insert into plugin_days (tenant_id, plugin_name, version, day, downloads, installs)
      values ($1, '@community/weather', '1.0.0', (now() at time zone 'UTC')::date - 1, 7, 2)`,
      [owner.tenantId],
    );
    const asked = `{ plugin(name: "@community/weather") { statistics(days: 3) { day downloads installs uninstalls }
      none: statistics(days: 2, version: "2.0.0") { downloads } } }`;
    const { statistics, none } = (await ask(api, undefined, asked))['plugin'];
    expect(statistics.map(({ downloads, installs }: Record<string, number>) => [downloads, installs])).toEqual([
      [0, 0],
      [7, 2],
      [0, 0],
    ]);
    expect(none).toEqual([{ downloads: 0 }, { downloads: 0 }]);
    const { errors } = await send(api, {
      query: '{ plugin(name: "@community/weather") { statistics(days: 0) { day } } }',
    });
    expect(errors?.[0]?.extensions?.['code']).toBe('IA_API_INVALID');
  });

  it('names what replaces it, and what changed since another version', async () => {
    await publishPlugin(database, {
      tenantId: owner.tenantId,
      name: '@community/weather',
      version: '2.0.0',
      visibility: 'public',
      permissions: { net: ['api.example.com'] },
    });
    await admin.query(`update plugin_versions set manifest = jsonb_set(manifest, '{contributions,steps,0,input,required}', '["text", "place"]'),
      deprecated = 'old', replacement = '@other/umbrella@^1.0.0' where plugin_name = '@community/weather' and version = '2.0.0'`);
    const asked = `{ plugin(name: "@community/weather") { deprecated replacementPlugin { name } readmeHtml icon isBuiltIn alias
      latestVersion { changesSince(version: "1.0.0") { isBreaking permissions { addedNet }
        contributions { kind name change isBreaking input { path change isBreaking } } } } } }`;
    expect((await ask(api, undefined, asked))['plugin']).toMatchObject({
      deprecated: 'old',
      replacementPlugin: { name: '@other/umbrella' },
      readmeHtml: '<h1 id="readme-readme">Readme</h1>\n',
      isBuiltIn: false,
      alias: null,
      latestVersion: {
        changesSince: {
          isBreaking: true,
          permissions: { addedNet: ['api.example.com'] },
          contributions: [
            {
              kind: 'STEP',
              name: 'analyze',
              change: 'CHANGED',
              isBreaking: true,
              input: [{ path: '$.place', isBreaking: true }],
            },
          ],
        },
      },
    });
  });
});

it('a page takes as many statements however many plugins it has', async () => {
  const asked = (
    first: number,
  ) => `{ plugins(search: "analyze", first: ${first}) { nodes { name permissions { net } readmeHtml icon
    contributions { name } compatibility { isCompatible } statistics(days: 2) { downloads } replacementPlugin { name } } } }`;
  const one = await recordStatements(() => ask(api, undefined, asked(1)));
  const all = await recordStatements(() => ask(api, undefined, asked(5)));
  expect(all.result['plugins'].nodes).toHaveLength(5);
  expect(all.statements.length).toBeLessThanOrEqual(one.statements.length + 1);
  const light = await recordStatements(() =>
    ask(api, undefined, '{ plugins(search: "analyze") { nodes { name title } } }'),
  );
  expect(JSON.stringify(light.statements)).not.toMatch(/manifest|readme/);
});
