import type { Json } from '@ia-modules/plugin-sdk';
import { type CageKind, createSandboxPool, type SandboxCall, type SandboxPool } from '../../src/index.ts';
import type { Attempt } from './attempt.ts';
import { type Canaries, createCanaries } from './canaries.ts';
import { watchHostRealm } from './host-realm.ts';
import { judge, OTHERS_ANSWER, type Outcome } from './judge.ts';
import { sandboxProcesses } from './marked-processes.ts';
import { createPluginFolder, type PluginFolder } from './plugin-folder.ts';
import type { Verdict } from './verdict.ts';

export type SandboxHost = {
  readonly cage: CageKind | null;
  readonly run: (attempt: Attempt) => Promise<Verdict>;
  /** Ends the pool; returns the processes that are left of it. */
  readonly close: () => Promise<readonly number[]>;
};

/** Attempts run on until a limit ends them. */
const NO_BOUND = { ms: 600_000, megabytes: 100_000, count: 1_000_000_000 };
const HONEST = 'still here';

/** The real host, with canaries around it. */
export const createSandboxHost = async (cages?: readonly CageKind[]): Promise<SandboxHost> => {
  const canaries = await createCanaries();
  const granted = `localhost:${canaries.servers.grantedPort}`;
  const pool = await createSandboxPool({
    maxProcesses: 4,
    egressAllow: [granted],
    ...(cages === undefined ? {} : { cages }),
  });
  const realm = watchHostRealm();
  const honest = await createPluginFolder({ run: 'return input;' }, canaries.folder);
  const state = { isClosed: false };
  const context: Context = { canaries, pool, granted, honest };
  return {
    cage: pool.cage,
    run: async (attempt) => {
      const folder = await createPluginFolder(withPermissions(attempt, granted), canaries.folder);
      try {
        const outcome = await runAll(context, folder, attempt);
        const hostPaths = [folder.plugin.directory, honest.plugin.directory, process.cwd(), import.meta.dirname];
        const fired = await judge({ outcome, canaries, realmChanges: realm.changes(), hostPaths });
        const isServing = (await pool.call(honestCall(honest, HONEST))) === HONEST;
        return { fired, outcome, isServing };
      } finally {
        await folder.remove();
      }
    },
    close: async () => {
      if (state.isClosed) return [];
      state.isClosed = true;
      await pool.close();
      realm.stop();
      await honest.remove();
      await canaries.close();
      return sandboxProcesses();
    },
  };
};

type Context = {
  readonly canaries: Canaries;
  readonly pool: SandboxPool;
  readonly granted: string;
  readonly honest: PluginFolder;
};

export const withPermissions = (attempt: Attempt, granted: string): Attempt => ({
  ...attempt,
  permissions: { net: [granted], secrets: ['MINE', 'UNGRANTED'], ...attempt.permissions },
});

const honestCall = ({ plugin }: PluginFolder, input: Json): SandboxCall => ({
  tenantId: 'tenant-honest',
  plugin,
  grant: { net: [], secrets: [], blobs: false },
  kind: 'step',
  name: 'go',
  task: { runId: 'run-honest', stepId: 'go', attempt: 1 },
  input,
  idempotencyKey: 'honest',
});

const runAll = async (context: Context, folder: PluginFolder, attempt: Attempt): Promise<Outcome> => {
  const { canaries, pool, granted } = context;
  const { contents } = canaries;
  const grant = { net: [granted], secrets: ['MINE'], blobs: false };
  const input = canaries.inputOf(NO_BOUND, false) as unknown as Json;
  const call: SandboxCall = { ...honestCall(folder, input), tenantId: 'tenant-a', grant, idempotencyKey: 'run-1/go' };
  if (attempt.before !== undefined) {
    const before = { ...call, name: 'before', secrets: { MINE: contents.tenant } };
    await pool.call({ ...before, tenantId: 'tenant-b' });
    await pool.call({ ...before, grant: { ...grant, net: [] } });
  }
  const record = startRecord();
  const other = pool.call(honestCall(context.honest, OTHERS_ANSWER));
  const secrets = { MINE: contents.granted, UNGRANTED: contents.ungranted };
  const ended = await ask(pool, attempt, { ...call, secrets, ...record.ports }).then(
    (output: unknown) => ({ output, error: undefined }),
    (error: unknown) => ({ output: undefined, error }),
  );
  return { ...ended, ...record.seen, others: [await other] };
};

const ask = async (pool: SandboxPool, attempt: Attempt, call: SandboxCall): Promise<unknown> => {
  switch (attempt.ask) {
    case 'health':
      return await pool.health(call);
    case 'describe':
      return await pool.describe(call.plugin);
    default:
      return await pool.call(call);
  }
};

type Seen = { -readonly [K in 'logs' | 'progress' | 'costs' | 'spans' | 'metrics' | 'reached']: Outcome[K][number][] };
type Ports = Pick<SandboxCall, 'onLog' | 'onProgress' | 'onCost' | 'onSpan' | 'onMetric' | 'blobs' | 'callPlugin'>;

const startRecord = (): { readonly seen: Seen; readonly ports: Ports } => {
  const seen: Seen = { logs: [], progress: [], costs: [], spans: [], metrics: [], reached: [] };
  const ports: Ports = {
    onLog: (line) => seen.logs.push(line),
    onProgress: (fraction, message) => seen.progress.push([fraction, message]),
    onCost: (usd) => seen.costs.push(usd),
    onSpan: (span) => seen.spans.push(span),
    onMetric: (metric) => seen.metrics.push(metric),
    blobs: {
      put: async (bytes, contentType) => {
        seen.reached.push(`blob of ${bytes.length} bytes`);
        return { blob: 'kept', sizeBytes: bytes.length, contentType };
      },
      get: async ({ blob }) => {
        seen.reached.push(`blob ${blob}`);
        return Buffer.from('bytes of a blob');
      },
    },
    callPlugin: async (uses) => {
      seen.reached.push(`plugin ${uses}`);
      return null;
    },
  };
  return { seen, ports };
};
