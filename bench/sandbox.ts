/**
 * Measures what the sandbox costs: a call in a warm process beside one in this process, the start of a process, memory, what hostile
 * plugins do to the event loop of their host, and the way of a body through the host. `--write` puts the figures into
 * docs/benchmarks.md.
 *
 *   npm run bench -- sandbox [--write]
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { formatTable, summarize } from '@ia-modules/benchmark';
import {
  createMemoryStore,
  createSandboxPool,
  createTenantFiles,
  createTrustedPlugins,
  type SandboxPool,
} from '@ia-modules/plugin-host';
import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';
import { describeMachine, writeSection } from './report/section.ts';
import { type BenchStep, type PluginFolder, writePluginFolder } from './sandbox/plugin-folder.ts';
import { memoryBelowMb } from './sandbox/process-memory.ts';
import { loopDelayDuring, timesOf } from './sandbox/timing.ts';

const WARM_UP_CALLS = 500;
const WARM_CALLS = 3_000;
const COLD_STARTS = 30;
const POOL_PROCESSES = 8;
const POOL_MEMORY_MB = 1_024;
const HOSTILE_MS = 4_000;
const ATTACKERS = 2;
const BESIDE_PAUSE_MS = 2;
const PARALLEL_CALLS = 32;
const BODY_BYTES = 24 * 1024 * 1024;
const BODIES = 10;
const INPUT = { city: 'Rome', days: [1, 2, 3], note: 'x'.repeat(200) };

const withPool = async <T>(
  options: Parameters<typeof createSandboxPool>[0],
  use: (pool: SandboxPool) => Promise<T>,
): Promise<T> => {
  const pool = await createSandboxPool(options);
  if (pool.problem !== null) throw pool.problem;
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
};

const rowOf = (name: string, times: readonly number[]): (string | number)[] => {
  const { median, p99 } = summarize([...times]);
  return [name, times.length, median.toFixed(3), p99.toFixed(3)];
};

const inProcess = (folder: PluginFolder): (() => Promise<unknown>) => {
  const plugins = createTrustedPlugins();
  const code = definePlugin({ steps: [defineStep({ name: 'echo', input: {}, output: {}, run: (input) => input })] });
  const { plugin, grant: _, ...call } = folder.callOf('echo', { input: INPUT });
  const surroundings = {
    fetch,
    net: { connect: () => Promise.reject(new Error('There is no network here.')) },
    files: createTenantFiles(join(tmpdir(), 'ia-bench-files')),
    store: createMemoryStore(),
    settings: {},
  };
  return () => plugins.call({ ...call, plugin: { ...plugin, load: async () => code }, surroundings });
};

const measureCalls = async (folder: PluginFolder): Promise<string> => {
  const call = folder.callOf('echo', { input: INPUT });
  const here = inProcess(folder);
  await timesOf(WARM_UP_CALLS, here);
  const baseline = await timesOf(WARM_CALLS, here);
  const warm = await withPool({}, async (pool) => {
    await timesOf(WARM_UP_CALLS, () => pool.call(call));
    return await timesOf(WARM_CALLS, () => pool.call(call));
  });
  const cold = await withPool({ maxProcesses: 1 }, (pool) =>
    timesOf(COLD_STARTS, (turn) => pool.call({ ...call, tenantId: `tenant-${turn}` })),
  );
  const overheadMs = summarize(warm).median - summarize(baseline).median;
  return [
    formatTable(
      ['a call', 'calls', 'p50 ms', 'p99 ms'],
      [
        rowOf('in this process', baseline),
        rowOf('in a warm sandbox process', warm),
        rowOf('in one that starts for it', cold),
      ],
    ),
    `A warm call costs ${overheadMs.toFixed(2)} ms more than one in this process (p50).`,
  ].join('\n\n');
};

const measureThroughput = async (folder: PluginFolder): Promise<string> => {
  const rows: (string | number)[][] = [];
  for (const processes of [1, 2]) {
    const perSecond = await withPool({ maxProcesses: processes }, async (pool) => {
      const call = folder.callOf('echo', { input: INPUT });
      await timesOf(WARM_UP_CALLS, () => pool.call(call));
      const start = performance.now();
      await Promise.all(
        Array.from({ length: PARALLEL_CALLS }, () => timesOf(WARM_CALLS / PARALLEL_CALLS, () => pool.call(call))),
      );
      return (Math.floor(WARM_CALLS / PARALLEL_CALLS) * PARALLEL_CALLS * 1_000) / (performance.now() - start);
    });
    rows.push([processes, Math.round(perSecond)]);
  }
  return formatTable(['processes', 'calls a second'], rows);
};

const measureMemory = async (folder: PluginFolder): Promise<string> =>
  await withPool({ maxProcesses: POOL_PROCESSES, maxMemoryMb: POOL_MEMORY_MB }, async (pool) => {
    const callAs = (tenantId: string) => pool.call(folder.callOf('echo', { input: INPUT, tenantId }));
    await timesOf(WARM_UP_CALLS, () => callAs('tenant-0'));
    const one = memoryBelowMb();
    for (let tenant = 1; tenant < POOL_PROCESSES * 2; tenant += 1) await callAs(`tenant-${tenant}`);
    const full = memoryBelowMb();
    return (
      `One warm process holds ${one.toFixed(0)} MB. A pool of at most ${POOL_PROCESSES} processes and ${POOL_MEMORY_MB} MB of limits, after calls by ` +
      `${POOL_PROCESSES * 2} tenants, holds ${full.toFixed(0)} MB.`
    );
  });

const untilOver = async (pool: SandboxPool, folder: PluginFolder, name: BenchStep): Promise<void> => {
  const end = performance.now() + HOSTILE_MS;
  while (performance.now() < end) {
    await pool.call(folder.callOf(name, { timeoutMs: HOSTILE_MS, onLog: () => {} })).catch(() => undefined);
    // One whose process ended too often in a row is refused at once.
    await delay(0);
  }
};

/** What another tenant, whose calls come now and then, sees meanwhile. */
const callsBeside = async (pool: SandboxPool, folder: PluginFolder): Promise<readonly number[]> => {
  const call = folder.callOf('echo', { input: INPUT, tenantId: 'other' });
  const times: number[] = [];
  const end = performance.now() + HOSTILE_MS;
  while (performance.now() < end) {
    times.push(...(await timesOf(1, () => pool.call(call))));
    await delay(BESIDE_PAUSE_MS);
  }
  return times;
};

const measureHostile = async (folder: PluginFolder): Promise<string> => {
  const rows: (string | number)[][] = [];
  for (const name of ['none', 'spin', 'log', 'frames', 'large', 'long'] as const) {
    await withPool({ maxProcessesPerPlugin: ATTACKERS }, async (pool) => {
      await pool.call(folder.callOf('echo', { tenantId: 'other' }));
      let times: readonly number[] = [];
      const loop = await loopDelayDuring(async () => {
        const attacks = name === 'none' ? [] : Array.from({ length: ATTACKERS }, () => untilOver(pool, folder, name));
        [times] = await Promise.all([callsBeside(pool, folder), ...attacks]);
      });
      const { median, p99 } = summarize([...times]);
      rows.push([NAMES[name], ...[loop.p99Ms, loop.maxMs, median, p99].map((ms) => ms.toFixed(1))]);
    });
  }
  return formatTable(
    ['two plugins that', 'event loop of the host p99 ms', 'max ms', 'a call of another tenant p50 ms', 'p99 ms'],
    rows,
  );
};

const NAMES = {
  none: '(none)',
  spin: 'spin',
  log: 'log without end',
  frames: 'send what is no frame, without end',
  large: 'return 49,000 objects, as many as a frame may hold',
  long: 'return 8 MB of text, as long as a frame may be',
} as const;

const measureBodies = async (): Promise<string> => {
  const body = Buffer.alloc(BODY_BYTES, 'x');
  const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  const url = `http://${host}/`;
  await using folder = await writePluginFolder({ net: [host], cpuMs: 60_000 });
  const rateOf = (times: readonly number[]): string =>
    (BODY_BYTES / 2 ** 20 / (summarize([...times]).median / 1_000)).toFixed(0);
  const plain = await timesOf(BODIES, async () => {
    let sizeBytes = 0;
    for await (const chunk of (await fetch(url)).body ?? []) sizeBytes += chunk.length;
    return sizeBytes;
  });
  const through = await withPool({ egressAllow: [host] }, async (pool) => {
    const call = folder.callOf('download', { input: url });
    await pool.call(call);
    return await timesOf(BODIES, () => pool.call(call));
  });
  server.closeAllConnections();
  server.close();
  return formatTable(
    [`a body of ${BODY_BYTES / 2 ** 20} MiB`, 'MiB a second'],
    [
      ['undici, read in this process', rateOf(plain)],
      ['through the host into a plugin', rateOf(through)],
    ],
  );
};

await using folder = await writePluginFolder();
const text = [
  '## Plugins in the sandbox',
  `${describeMachine()} \`npm run bench -- sandbox\` measures again.`,
  await measureCalls(folder),
  await measureThroughput(folder),
  await measureMemory(folder),
  await measureHostile(folder),
  await measureBodies(),
].join('\n\n');
process.stdout.write(`${text}\n`);
if (process.argv.includes('--write')) writeSection('sandbox', text);
