import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Summary, summarize } from '@ia-modules/benchmark';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { cpuTimeMs } from '../api/cpu-time.ts';
import { atRate, type LogWriter, type RunKey } from './log-writer.ts';
import { openIdle, openMany, openSubscriber, type SocketOptions } from './sockets.ts';

export type Delivery = {
  readonly deliveries: number;
  readonly perSecond: number;
  readonly latencyMs: Summary;
  /** Of one core of the server, while it lasted. */
  readonly cpuShare: number;
  readonly lost: number;
};

/** Runs of the first pipeline of a tenant, at work. */
export const insertRuns = async (adminUrl: string, slug: string, count: number): Promise<RunKey[]> => {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  const ids = Array.from({ length: count }, () => randomUUID());
  const { rows } = await client.query<RunKey>(
    `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, status, parameters, trigger, seed, created_by)
     select wanted.id, v.tenant_id, v.pipeline_id, v.id, 'running', '{}', '{}', 1, 'bench'
     from unnest($1::uuid[]) as wanted (id),
       (select v.* from pipeline_versions v join tenants t on t.id = v.tenant_id where t.slug = $2 limit 1) v
     returning id as "runId", tenant_id as "tenantId"`,
    [ids, slug],
  );
  await client.query('analyze');
  await client.end();
  return rows;
};

const globalIdOf = ({ tenantId, runId }: RunKey): string =>
  Buffer.from(`Run:${tenantId}:${runId}`, 'utf8').toString('base64url');

export type FollowScenario = SocketOptions & {
  readonly pid: number;
  readonly writer: LogWriter;
  readonly runs: readonly RunKey[];
  /** Of each run. */
  readonly subscribersEach: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** Runs that one commit has an event of. */
  readonly perCommit: number;
};

/** Subscribers of runs, and events of these at a rate: from the moment that a commit is sent until the client has the event. */
export const measureFollowing = async (scenario: FollowScenario): Promise<Delivery> => {
  const { writer, runs, subscribersEach, eventsPerSecond: perSecond, seconds, perCommit, pid } = scenario;
  const committedAtMs = new Map<string, number>();
  const noteCommit = (runId: string, seq: number): void => {
    committedAtMs.set(`${runId} ${seq}`, performance.now());
  };
  const latencies: number[] = [];
  let isMeasuring = false;
  const onEvent = (runId: string, seq: number, receivedAtMs: number): void => {
    const sentAtMs = committedAtMs.get(`${runId} ${seq}`);
    if (isMeasuring && sentAtMs !== undefined) latencies.push(receivedAtMs - sentAtMs);
  };
  for (let start = 0; start < runs.length; start += 500) await writer.write(runs.slice(start, start + 500), () => {});
  const targets = runs.flatMap((run) => Array.from({ length: subscribersEach }, () => run));
  const sockets = await openMany(targets.length, (index) => {
    const run = targets[index] as RunKey;
    return openSubscriber(scenario, { runId: run.runId, globalId: globalIdOf(run) }, onEvent);
  });
  isMeasuring = true;
  const cpuBeforeMs = cpuTimeMs(pid);
  const tookSeconds = await atRate({ perSecond, seconds, perCommit }, (turn) => {
    const some = Array.from(
      { length: perCommit },
      (_, index) => runs[(turn * perCommit + index) % runs.length] as RunKey,
    );
    return writer.write([...new Set(some)], noteCommit);
  });
  const expected = committedAtMs.size * subscribersEach;
  await untilReceived(() => latencies.length >= expected);
  const cpuShare = (cpuTimeMs(pid) - cpuBeforeMs) / (tookSeconds * 1_000);
  await closeAll(sockets);
  return {
    deliveries: latencies.length,
    perSecond: latencies.length / tookSeconds,
    latencyMs: summarize(latencies),
    cpuShare,
    lost: expected - latencies.length,
  };
};

/** Gives what is under way ten seconds. */
const untilReceived = async (isDone: () => boolean): Promise<void> => {
  for (let waited = 0; waited < 100 && !isDone(); waited += 1) await delay(100);
};

const closeAll = async (sockets: readonly WebSocket[]): Promise<void> => {
  await Promise.all(
    sockets.map(async (socket) => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    }),
  );
};

/** The same text to as many clients by the least that there is. */
export const measureBareBroadcast = async (
  { url, pid }: Readonly<{ url: string; pid: number }>,
  { subscribers, perSecond, seconds }: Readonly<{ subscribers: number; perSecond: number; seconds: number }>,
): Promise<Delivery> => {
  const latencies: number[] = [];
  const sockets = await openMany(subscribers, async () => {
    const socket = new WebSocket(url);
    socket.on('message', (data) =>
      latencies.push(performance.now() - Number((data as Buffer).toString().slice(0, 20))),
    );
    await once(socket, 'open');
    return socket;
  });
  const source = new WebSocket(url);
  await once(source, 'open');
  const filling = 'x'.repeat(280);
  const cpuBeforeMs = cpuTimeMs(pid);
  let sent = 0;
  const tookSeconds = await atRate({ perSecond, seconds, perCommit: 1 }, () => {
    sent += 1;
    source.send(performance.now().toFixed(6).padStart(20, '0') + filling);
    return Promise.resolve();
  });
  await untilReceived(() => latencies.length >= sent * subscribers);
  const cpuShare = (cpuTimeMs(pid) - cpuBeforeMs) / (tookSeconds * 1_000);
  await closeAll([...sockets, source]);
  const lost = sent * subscribers - latencies.length;
  const latencyMs = summarize(latencies);
  return { deliveries: latencies.length, perSecond: latencies.length / tookSeconds, latencyMs, cpuShare, lost };
};

const rssMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1_024;

/** What sockets that have signed in and are silent take in the memory of the server. */
export const measureIdle = async (
  options: SocketOptions & { readonly pid: number },
  count: number,
): Promise<number> => {
  const before = rssMb(options.pid);
  const sockets = await openMany(count, () => openIdle(options));
  await delay(1_000);
  const after = rssMb(options.pid);
  await closeAll(sockets);
  return after - before;
};

/** Subscribers that stop to read: how much the server grows while events for them are written. */
export const measureStalled = async (scenario: FollowScenario): Promise<number> => {
  const { writer, runs, pid, eventsPerSecond: perSecond, seconds, perCommit } = scenario;
  const [run] = runs as [RunKey];
  await writer.write([run], () => {});
  const sockets = await openMany(scenario.subscribersEach, () =>
    openSubscriber(scenario, { runId: run.runId, globalId: globalIdOf(run) }, () => {}),
  );
  for (const socket of sockets) socket.pause();
  const before = rssMb(pid);
  await atRate({ perSecond, seconds, perCommit }, () => writer.write([run], () => {}));
  const after = rssMb(pid);
  for (const socket of sockets) socket.terminate();
  return after - before;
};
