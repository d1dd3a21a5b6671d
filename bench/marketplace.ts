/**
 * Measures the search of the marketplace over generated plugins: through the API on one core, by the database alone, and, in the
 * same run, the plain search by patterns that reads every row. `--quick` takes few plugins; `--write` puts the figures into
 * docs/benchmarks.md.
 *
 *   npm run bench -- marketplace [--quick] [--write]
 */
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { formatTable, summarize, type Summary } from '@ia-modules/benchmark';
import { migrate, provisionRoles } from '@ia-modules/database';
import { Client } from 'pg';
import { fillTenant } from './api/dataset.ts';
import { createSender, type Operation } from './api/graphql-load.ts';
import { startPinnedApi } from './api/pinned-api.ts';
import { leaveServerCore } from './api/pinned-process.ts';
import { fillCatalogue } from './marketplace/fill-catalogue.ts';
import { generatePlugins } from './marketplace/generate-plugins.ts';
import { describeMachine, writeSection } from './report/section.ts';
import { type BenchServer, startServer } from './runs/server.ts';
import { untilInterrupted } from './runs/until-interrupted.ts';

type Scale = { readonly plugins: number; readonly rounds: number };
type Search = { readonly text: string; readonly category?: string };

const FULL: Scale = { plugins: 10_000, rounds: 15 };
const QUICK: Scale = { plugins: 500, rounds: 3 };
const SEED = 7;
const PAGE = 20;
const WARM_UP_ROUNDS = 3;

const SEARCHES: Readonly<Record<string, readonly Search[]>> = {
  'one word': [{ text: 'weather' }, { text: 'invoice' }, { text: 'parse' }, { text: 'genome' }, { text: 'read' }],
  'two words': [{ text: 'weather forecast' }, { text: 'parse csv' }, { text: 'pdf extract' }, { text: 'csv.read' }],
  'a typo': [{ text: 'weathr' }, { text: 'invioce' }, { text: 'databse' }, { text: 'tranlate' }],
  'a beginning': [{ text: 'weat' }, { text: 'pars csv' }, { text: '@community/rea' }, { text: 'c' }],
  'within a category': [
    { text: 'weather', category: 'data' },
    { text: 'parse', category: 'text' },
    { text: 'read', category: 'web' },
  ],
  'no match': [{ text: 'zzqqxx' }, { text: 'qwrtzp lkjhg' }],
};

const QUERY = `query ($search: String!, $category: PluginCategory) { plugins(search: $search, category: $category, first: ${PAGE}) {
  nodes { name title description category installs downloads updatedAt latestVersion { version } } } }`;

const SQL = `select p.name, p.title, p.description, s.score from search_plugins($1, $2, now(), '{"limit": ${PAGE + 1}}') s, plugins p
  where p.name = s.name order by s.score desc, s.name desc`;

const PATTERNS = `select p.*, v.* from plugins p join plugin_versions v on v.plugin_name = p.name and v.version = p.latest_version
  where (p.name ilike $1 or p.title ilike $1 or p.description ilike $1 or array_to_string(p.keywords, ' ') ilike $1)
    and ($2::text is null or p.category = $2) order by p.name limit ${PAGE + 1}`;

const timesOf = async (
  rounds: number,
  searches: readonly Search[],
  ask: (search: Search) => Promise<unknown>,
): Promise<Summary> => {
  const times: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const search of searches) {
      const startedAt = performance.now();
      await ask(search);
      if (round >= 0) times.push(performance.now() - startedAt);
    }
  }
  return summarize(times);
};

const toOperation = ({ text, category }: Search): Operation => ({
  query: QUERY,
  variables: { search: text, category: category?.toUpperCase() ?? null },
});

const measureAll = async (server: BenchServer, { plugins, rounds }: Scale): Promise<string> => {
  await migrate(server.adminUrl);
  const urls = await provisionRoles(server.adminUrl);
  const { token } = await fillTenant(
    { adminUrl: server.adminUrl, appUrl: urls.app },
    { slug: 'publisher', pipelines: 1, runsEach: 1 },
  );
  await fillCatalogue(server.adminUrl, { slug: 'publisher', plugins: generatePlugins(plugins, SEED) });
  await using api = await startPinnedApi(server, urls);
  using sender = createSender({ url: api.url, pid: api.pid, token }, 1);
  const client = new Client({ connectionString: urls.app });
  await client.connect();
  const askApi = async (search: Search): Promise<void> => {
    const { errors } = await sender.send(toOperation(search));
    if (errors !== undefined) throw new Error(`the server answered ${JSON.stringify(errors)}`);
  };
  const filterOf = ({ category }: Search): string => JSON.stringify(category === undefined ? {} : { category });
  const rows: (readonly (string | number)[])[] = [];
  try {
    for (const [name, searches] of [
      ...Object.entries(SEARCHES),
      ['all of them', Object.values(SEARCHES).flat()] as const,
    ]) {
      const throughApi = await timesOf(rounds, searches, askApi);
      const alone = await timesOf(rounds, searches, (search) => client.query(SQL, [search.text, filterOf(search)]));
      const patterns = await timesOf(rounds, searches, (search) =>
        client.query(PATTERNS, [`%${search.text}%`, search.category ?? null]),
      );
      rows.push([name, throughApi.median, throughApi.p95, alone.median, alone.p95, patterns.median, patterns.p95]);
    }
  } finally {
    await client.end();
  }
  return formatTable(['search for', 'API p50', 'API p95', 'SQL p50', 'SQL p95', 'patterns p50', 'patterns p95'], rows);
};

const measure = async (scale: Scale): Promise<string> => {
  const interrupted = untilInterrupted();
  leaveServerCore();
  await using server = await startServer();
  return await Promise.race([measureAll(server, scale), interrupted]);
};

const options = new Set(process.argv.slice(2));
const isQuick = options.has('--quick');
const scale = isQuick ? QUICK : FULL;
const loadBefore = loadavg()[0] ?? 0;
const figures = await measure(scale);
const text = [
  '## Search of the marketplace',
  `${describeMachine()} \`npm run bench -- marketplace\` measures again.${isQuick ? ' Few plugins, to try it out.' : ''} ` +
    `${scale.plugins.toLocaleString('en')} generated plugins, a page of ${PAGE}, one request after the other, in milliseconds; ` +
    'the API has one core, PostgreSQL and the load the others. “Patterns” is the search that reads every row (`ilike`), by the ' +
    `database alone. The machine’s load before the run was ${loadBefore.toFixed(1)}.`,
  figures,
].join('\n\n');
process.stdout.write(`${text}\n`);
if (options.has('--write') && !isQuick) writeSection('marketplace', text);
process.exit(0);
