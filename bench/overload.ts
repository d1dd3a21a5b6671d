/**
 * Measures how the API stands up to hostile queries and to five times the load that it can serve, and what a caller who has nothing
 * to do with either notices: the server on one core, PostgreSQL and the load on the others.
 * `--quick` tries everything for a moment; `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- overload [--quick] [--write]
 */
import { formatTable, summarize } from '@ia-modules/benchmark';
import { migrate, provisionRoles } from '@ia-modules/database';
import { cpuTimeMs } from './api/cpu-time.ts';
import { type Dataset, fillTenant } from './api/dataset.ts';
import { HOSTILE_REQUESTS } from './api/hostile-requests.ts';
import { createGun, type Hit, shootAtRate } from './api/open-loop.ts';
import { startPinnedApi } from './api/pinned-api.ts';
import { leaveServerCore, type PinnedProcess } from './api/pinned-process.ts';
import { describeMachine, writeSection } from './report/section.ts';
import { type BenchServer, startServer } from './runs/server.ts';
import { untilInterrupted } from './runs/until-interrupted.ts';

type Scale = { readonly seconds: number; readonly repeats: number };

const FULL: Scale = { seconds: 15, repeats: 40 };
const QUICK: Scale = { seconds: 2, repeats: 5 };

const OVERLOAD = 5;
const BYSTANDER_PER_SECOND = 20;
const HOSTILE_PER_SECOND = 20;
const RECOVERY_SECONDS = 10;

const WORK = JSON.stringify({
  query: '{ viewer { tenants { tenant { name pipelines(first: 20) { nodes { id name version } } } } } }',
});

type Gun = ReturnType<typeof createGun>;

const times = (hits: readonly Hit[]): number[] => hits.map(({ ms }) => ms);

/** A caller of another tenant, on connections of its own. */
const watchBystander = (gun: Gun, api: PinnedProcess, { token }: Dataset, seconds: number) =>
  shootAtRate(() => gun.shoot({ url: api.url, token, body: WORK }), { perSecond: BYSTANDER_PER_SECOND, seconds });

type Cost = { readonly name: string; readonly statuses: string; readonly cpuMs: number };

const countStatuses = (hits: readonly Hit[]): string =>
  [...Map.groupBy(hits, ({ status }) => status)]
    .map(([status, group]) => `${status === 0 ? 'closed' : status} × ${group.length}`)
    .join(', ');

const measureHostile = async (api: PinnedProcess, { token }: Dataset, repeats: number): Promise<readonly Cost[]> => {
  using gun = createGun(1);
  const costs: Cost[] = [];
  for (const { name, body } of HOSTILE_REQUESTS) {
    await gun.shoot({ url: api.url, token, body });
    const before = cpuTimeMs(api.pid);
    const hits: Hit[] = [];
    for (let count = 0; count < repeats; count += 1) hits.push(await gun.shoot({ url: api.url, token, body }));
    costs.push({ name, statuses: countStatuses(hits), cpuMs: (cpuTimeMs(api.pid) - before) / repeats });
  }
  return costs;
};

/** All hostile requests in turns beside a bystander. */
const measureUnderHostility = async (
  api: PinnedProcess,
  { attacker, bystander }: Readonly<Record<'attacker' | 'bystander', Dataset>>,
  seconds: number,
): Promise<readonly Hit[]> => {
  using attack = createGun(10);
  using own = createGun(200);
  let next = 0;
  const shoot = (): Promise<Hit> => {
    const { body } = HOSTILE_REQUESTS[next % HOSTILE_REQUESTS.length] ?? { body: '' };
    next += 1;
    return attack.shoot({ url: api.url, token: attacker.token, body });
  };
  const [hits] = await Promise.all([
    watchBystander(own, api, bystander, seconds),
    shootAtRate(shoot, { perSecond: HOSTILE_PER_SECOND, seconds }),
  ]);
  return hits;
};

const measureCapacity = async (api: PinnedProcess, { token }: Dataset, seconds: number): Promise<number> => {
  using gun = createGun(8);
  let served = 0;
  const until = performance.now() + seconds * 1_000;
  const lane = async (): Promise<void> => {
    while (performance.now() < until)
      if ((await gun.shoot({ url: api.url, token, body: WORK })).status === 200) served += 1;
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return served / seconds;
};

type Overload = {
  readonly perSecond: number;
  readonly flood: readonly Hit[];
  readonly during: readonly Hit[];
  readonly after: readonly Hit[];
};

const measureOverload = async (
  api: PinnedProcess,
  { flooder, bystander }: Readonly<Record<'flooder' | 'bystander', Dataset>>,
  { capacity, seconds }: Readonly<{ capacity: number; seconds: number }>,
): Promise<Overload> => {
  using guns = createGun(2_000);
  using own = createGun(200);
  const perSecond = Math.round(capacity * OVERLOAD);
  const [during, flood] = await Promise.all([
    watchBystander(own, api, bystander, seconds),
    shootAtRate(() => guns.shoot({ url: api.url, token: flooder.token, body: WORK }), { perSecond, seconds }),
  ]);
  const after = await watchBystander(own, api, bystander, RECOVERY_SECONDS);
  return { perSecond, flood, during, after };
};

const describeBystander = (name: string, hits: readonly Hit[]): (string | number)[] => {
  const { median, p99 } = summarize(times(hits));
  return [name, median, p99, countStatuses(hits)];
};

const measureAll = async (server: BenchServer, scale: Scale): Promise<string> => {
  await migrate(server.adminUrl);
  const urls = await provisionRoles(server.adminUrl);
  const at = { adminUrl: server.adminUrl, appUrl: urls.app };
  const attacker = await fillTenant(at, { slug: 'attacker', pipelines: 50, runsEach: 10 });
  const bystander = await fillTenant(at, { slug: 'bystander', pipelines: 50, runsEach: 10 });
  await using api = await startPinnedApi(server, urls);
  const capacity = await measureCapacity(api, attacker, scale.seconds);
  using own = createGun(200);
  const alone = await watchBystander(own, api, bystander, scale.seconds);
  const costs = await measureHostile(api, attacker, scale.repeats);
  const hostility = await measureUnderHostility(api, { attacker, bystander }, scale.seconds);
  const overload = await measureOverload(api, { flooder: attacker, bystander }, { capacity, seconds: scale.seconds });
  const shed = overload.flood.filter(({ status }) => status === 429 || status === 503);
  const withTime = shed.filter(({ retryAfter }) => retryAfter !== undefined);
  return [
    formatTable(
      ['hostile request', 'answers', 'server CPU ms each'],
      costs.map(({ name, statuses, cpuMs }) => [name, statuses, cpuMs]),
    ),
    `One caller alone gets ${Math.round(capacity)} answers a second. Another tenant's token then sends ${overload.perSecond} a second ` +
      `for ${scale.seconds} s: ${countStatuses(overload.flood)}; ${withTime.length} of ${shed.length} refusals say when to come back.`,
    formatTable(
      ['bystander, 20 requests a second', 'p50 ms', 'p99 ms', 'answers'],
      [
        describeBystander('alone', alone),
        describeBystander('beside hostile requests, 20 a second', hostility),
        describeBystander('beside the flood', overload.during),
        describeBystander(`in the ${RECOVERY_SECONDS} s after it`, overload.after),
        describeBystander('in the last second of these', overload.after.slice(-BYSTANDER_PER_SECOND)),
      ],
    ),
  ].join('\n\n');
};

const measure = async (scale: Scale): Promise<string> => {
  const interrupted = untilInterrupted();
  leaveServerCore();
  await using server = await startServer();
  return await Promise.race([measureAll(server, scale), interrupted]);
};

const options = new Set(process.argv.slice(2));
const isQuick = options.has('--quick');
const text = [
  '## Hostile queries and overload',
  `${describeMachine()} \`npm run bench -- overload\` measures again.${isQuick ? ' For a moment, to try it out.' : ''}`,
  await measure(isQuick ? QUICK : FULL),
].join('\n\n');
process.stdout.write(`${text}\n`);
if (options.has('--write') && !isQuick) writeSection('overload', text);
process.exit(0);
