/**
 * Measures the platform as a user meets it: how long it takes to start, what each process needs, and how long the demo's
 * pipeline takes from startRun to its first event and to its end. Writes the figures into docs/benchmarks.md.
 *
 *   npm run bench -- platform
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formatTable, type Summary, summarize } from '@ia-modules/benchmark';
import { type ApiClient, createApiClient, signIn } from '@ia-modules/dev/api-client';
import { DEMO_PIPELINE, runDemo } from '@ia-modules/dev/demo';
import { type Platform, startPlatform } from '@ia-modules/dev/platform';
import { z } from 'zod';
import { describeMachine, writeSection } from './report/section.ts';

const RUNS = 30;
const root = path.resolve(import.meta.dirname, '..');
const PORTAL_STAMP = path.join(root, 'apps/portal/.next/.source-digest');

type Timed<T> = Readonly<{ value: T; seconds: number }>;

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const startedAt = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - startedAt) / 1000 };
}

type Memory = Readonly<{ name: string; processes: number; rssMb: number; pssMb: number }>;

/** A process with all that it started. PSS shares out pages that several processes use. */
function memoryOf(name: string, pid: number | undefined): Memory {
  const pids = pid === undefined ? [] : [pid, ...descendantsOf(pid)];
  const sum = (field: string) => pids.reduce((total, id) => total + memoryField(id, field), 0) / 1024;
  return { name, processes: pids.length, rssMb: sum('Rss'), pssMb: sum('Pss') };
}

function descendantsOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((id) => Number.isInteger(id) && parentOf(id) === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function memoryField(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

type RunTimes = Readonly<{ firstEventMs: number; endMs: number }>;

async function timeRun(client: ApiClient, pipelineId: string, url: string): Promise<RunTimes> {
  const startedAt = performance.now();
  const { run } = await client.mutate(
    z.object({ run: z.object({ id: z.string() }) }),
    `mutation ($input: StartRunInput!) {
      startRun(input: $input) { ... on StartRunSuccess { run { id } } ... on Error { code message } }
    }`,
    { input: { pipelineId, parameters: { url } } },
  );
  let firstEventMs = Number.NaN;
  let last = '';
  for await (const event of client.followRun(run.id)) {
    if (Number.isNaN(firstEventMs)) firstEventMs = performance.now() - startedAt;
    if (event.kind === 'RunEvent') last = event.type;
  }
  if (last !== 'run_succeeded') throw new Error(`the run ended with ${last}`);
  return { firstEventMs, endMs: performance.now() - startedAt };
}

/** The demo itself runs the pipeline once, so that the plugin's sandbox is warm, as it is in a worker that has work. */
async function timeDemoPipeline(platform: Platform): Promise<readonly RunTimes[]> {
  await runDemo(platform.access, { step: () => {}, say: () => {} });
  const client = createApiClient(platform.urls.graphql, await signIn(platform.urls.api, platform.demo));
  const pipeline = z.object({ id: z.string(), name: z.string() });
  const { tenant } = await client.request(
    z.object({ tenant: z.object({ pipelines: z.object({ nodes: z.array(pipeline) }) }) }),
    'query ($slug: String!, $search: String) { tenant(slug: $slug) { pipelines(first: 10, search: $search) { nodes { id name } } } }',
    { slug: platform.demo.tenant, search: DEMO_PIPELINE },
  );
  const pipelineId = tenant.pipelines.nodes.find(({ name }) => name === DEMO_PIPELINE)?.id;
  if (pipelineId === undefined) throw new Error('the demo left no pipeline');
  const url = `${platform.urls.registry}/@community%2fdemo-readability`;
  const runs: RunTimes[] = [];
  for (let count = 0; count < RUNS; count += 1) runs.push(await timeRun(client, pipelineId, url));
  return runs;
}

function runRow(name: string, { median, p95, max }: Summary): (string | number)[] {
  return [name, median, p95, max];
}

async function main(): Promise<void> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'ia-bench-'));
  try {
    rmSync(PORTAL_STAMP, { force: true });
    const unbuilt = await timed(() => startPlatform({ dataDir }));
    await unbuilt.value.stop();
    rmSync(dataDir, { recursive: true, force: true });

    const first = await timed(() => startPlatform({ dataDir }));
    await first.value.stop();
    const second = await timed(() => startPlatform({ dataDir }));
    const platform = second.value;
    try {
      const pids = { supervisor: process.pid, ...platform.pids() };
      const idle = Object.entries(pids).map(([name, pid]) =>
        name === 'supervisor' ? { ...memoryOf(name, undefined), ...ownMemory() } : memoryOf(name, pid),
      );
      const runs = await timeDemoPipeline(platform);
      const stop = await timed(() => platform.stop());
      write([
        '## The platform on one machine',
        `${describeMachine()} Dependencies are installed; everything runs on this machine. ` +
          '`npm run bench -- platform` measures again.',
        formatTable(
          ['start until everything answers', 'seconds'],
          [
            ['first start, portal not built yet', unbuilt.seconds],
            ['first start, portal built', first.seconds],
            ['second start', second.seconds],
            ['stop', stop.seconds],
          ],
        ),
        formatTable(
          ['process, idle after the start', 'processes', 'RSS MB', 'PSS MB'],
          idle.map(({ name, processes, rssMb, pssMb }) => [name, processes, rssMb, pssMb]),
        ),
        `The demo's pipeline (HTTP request, condition, plugin in the sandbox beside a built-in step, join), ${RUNS} runs one ` +
          `after the other on a warm sandbox, seen by a client over the websocket.`,
        formatTable(
          ['from sending startRun, ms', 'median', 'p95', 'max'],
          [
            runRow('to the first event', summarize(runs.map(({ firstEventMs }) => firstEventMs))),
            runRow('to the end', summarize(runs.map(({ endMs }) => endMs))),
          ],
        ),
      ]);
    } finally {
      await platform.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** This process stands for the supervisor of `npm start`, without its children. */
function ownMemory(): Pick<Memory, 'processes' | 'rssMb' | 'pssMb'> {
  return { processes: 1, rssMb: memoryField(process.pid, 'Rss') / 1024, pssMb: memoryField(process.pid, 'Pss') / 1024 };
}

function write(paragraphs: readonly string[]): void {
  const text = paragraphs.join('\n\n');
  writeSection('platform', text);
  process.stdout.write(`${text}\n`);
}

await main();
