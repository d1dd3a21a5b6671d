/**
 * Measures subscriptions: the server on one core, PostgreSQL, what writes the log and the clients on the others. Events go
 * into the log as a worker writes them. `--quick` takes a second for each; `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- live [--quick] [--write]
 */
import path from 'node:path';
import { formatTable } from '@ia-modules/benchmark';
import { migrate, provisionRoles } from '@ia-modules/database';
import { fillTenant } from './api/dataset.ts';
import { startPinnedApi } from './api/pinned-api.ts';
import { leaveServerCore, startPinned } from './api/pinned-process.ts';
import { openLogWriter } from './live/log-writer.ts';
import {
  type Delivery,
  insertRuns,
  measureBareBroadcast,
  measureFollowing,
  measureIdle,
  measureStalled,
} from './live/scenarios.ts';
import { describeMachine, writeSection } from './report/section.ts';
import { type BenchServer, startServer } from './runs/server.ts';
import { untilInterrupted } from './runs/until-interrupted.ts';

const BARE = path.resolve(import.meta.dirname, 'live/bare-broadcast.ts');
const ROOM = {
  IA_MAX_SOCKETS_PER_ADDRESS: '10000',
  IA_MAX_SUBSCRIPTIONS_PER_CALLER: '10000',
} as const;

const row = (name: string, { perSecond, latencyMs, cpuShare, lost }: Delivery) => [
  name,
  Math.round(perSecond),
  latencyMs.median,
  latencyMs.p95,
  latencyMs.p99,
  Math.round(cpuShare * 100),
  lost,
];

const measureAll = async (server: BenchServer, seconds: number): Promise<string> => {
  await migrate(server.adminUrl);
  const urls = await provisionRoles(server.adminUrl);
  const { token } = await fillTenant(
    { adminUrl: server.adminUrl, appUrl: urls.app },
    { slug: 'live', pipelines: 1, runsEach: 10 },
  );
  const runs = await insertRuns(server.adminUrl, 'live', 1_001);
  const [shared, ...own] = runs as [(typeof runs)[number], ...typeof runs];
  await using writer = await openLogWriter(urls.worker);
  await using api = await startPinnedApi(server, urls, ROOM);
  const target = { url: `${api.url.replace('http', 'ws')}/graphql`, token, pid: api.pid, writer, seconds };
  const follow = (options: Omit<Parameters<typeof measureFollowing>[0], keyof typeof target>): Promise<Delivery> =>
    measureFollowing({ ...target, ...options });
  const idleMb = await measureIdle(target, 5_000);
  const targeted = await follow({ runs: own, subscribersEach: 1, eventsPerSecond: 1_000, perCommit: 10 });
  const hundred = await follow({ runs: [shared], subscribersEach: 100, eventsPerSecond: 100, perCommit: 1 });
  const thousand = await follow({ runs: [shared], subscribersEach: 1_000, eventsPerSecond: 10, perCommit: 1 });
  const more = await follow({ runs: [shared], subscribersEach: 100, eventsPerSecond: 300, perCommit: 1 });
  const stalledMb = await measureStalled({
    ...target,
    runs: [shared],
    subscribersEach: 200,
    eventsPerSecond: 300,
    perCommit: 1,
  });
  const bare = await (async () => {
    await using plain = await startPinned(BARE);
    return await measureBareBroadcast(
      { url: plain.url.replace('http', 'ws'), pid: plain.pid },
      { subscribers: 100, perSecond: 100, seconds },
    );
  })();
  await using second = await startPinnedApi(server, urls, ROOM);
  const elsewhere = await measureFollowing({
    ...target,
    url: `${second.url.replace('http', 'ws')}/graphql`,
    pid: second.pid,
    runs: own.slice(0, 100),
    subscribersEach: 1,
    eventsPerSecond: 100,
    perCommit: 1,
  });
  return [
    formatTable(
      ['subscribers', 'deliveries/s', 'p50 ms', 'p95 ms', 'p99 ms', 'server CPU %', 'missing'],
      [
        row('1,000, each of its own run, 1,000 events/s', targeted),
        row('100 of one run, 100 events/s', hundred),
        row('1,000 of one run, 10 events/s', thousand),
        row('100 of one run, 300 events/s', more),
        row('100 through a second API on the same core, 100 events/s', elsewhere),
        row('100, a bare `ws` server that sends a text to all, 100/s', bare),
      ],
    ),
    formatTable(
      ['memory of the server', 'MB'],
      [
        ['5,000 sockets that have signed in and are silent, above the server without', Math.round(idleMb)],
        ['200 subscribers that stop to read, while events for them are written', Math.round(stalledMb)],
      ],
    ),
  ].join('\n\n');
};

const measure = async (seconds: number): Promise<string> => {
  const interrupted = untilInterrupted();
  leaveServerCore();
  await using server = await startServer();
  return await Promise.race([measureAll(server, seconds), interrupted]);
};

const options = new Set(process.argv.slice(2));
const isQuick = options.has('--quick');
const figures = await measure(isQuick ? 1 : 5);
const text = [
  '## Subscriptions',
  `${describeMachine()} \`npm run bench -- live\` measures again.${isQuick ? ' A second for each, to try it out.' : ''} ` +
    'The server has one core; PostgreSQL, what writes the log, and the clients have the others. From the moment that the commit is sent until ' +
    'the client has the event, over real websockets.',
  figures,
].join('\n\n');
process.stdout.write(`${text}\n`);
if (options.has('--write') && !isQuick) writeSection('live', text);
process.exit(0);
