import {
  createGuardedConnect,
  createMemoryBlobs,
  createMemoryStore,
  createTenantFiles,
  createTrustedPlugins,
} from '@ia-modules/plugin-host';
import {
  type Clock,
  type ContributionKind,
  findContribution,
  type Json,
  type JsonObject,
  parseManifest,
  type Plugin,
  PluginError,
} from '@ia-modules/plugin-sdk';
import { createContext, type LogLine } from '@ia-modules/plugin-sdk/host';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';

export type TestbedInit = {
  readonly plugin: Plugin;
  readonly packageJson: unknown;
  /** @default the global one, which reaches this machine */
  readonly fetch?: typeof fetch;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** The tenant's folder of files. @default none, and files are refused */
  readonly filesRoot?: string;
  /** Which `host:port` sockets may lead to in this machine's own networks. @default all of them */
  readonly egressAllow?: readonly string[];
  /** @default the guarded one */
  readonly connect?: TrustedContext['net']['connect'];
  /** @default one of its own */
  readonly store?: TrustedContext['store'];
  /** @default 'run-1/step' */
  readonly idempotencyKey?: string;
};

/** Runs one plugin, and keeps what it told the platform besides its output. */
export type Testbed = {
  /** As the platform does: what goes in and out is checked against the manifest. */
  readonly call: (kind: ContributionKind, name: string, input: JsonObject, signal?: AbortSignal) => Promise<Json>;
  readonly step: (name: string, input: JsonObject, signal?: AbortSignal) => Promise<Record<string, Json>>;
  readonly condition: (name: string, config: JsonObject) => Promise<Json>;
  /** Runs a step on a clock whose sleeps end at once. */
  readonly stepWithoutWaits: (name: string, input: JsonObject) => Promise<Record<string, Json>>;
  readonly logs: LogLine[];
  readonly costs: number[];
  readonly progress: (readonly [number, string | undefined])[];
  /** What `stepWithoutWaits` would have slept, in milliseconds. */
  readonly slept: number[];
  readonly blobs: Map<string, Uint8Array>;
  readonly reset: () => void;
  /** Lets the plugin end what it holds. */
  readonly close: () => Promise<void>;
};

const LEFT_STEP = { id: 'before', status: 'succeeded', output: null, error: null };
const TASK = { runId: 'run-1', stepId: 'step', attempt: 1 };
const IDEMPOTENCY_KEY = 'run-1/step';

export const createTestbed = (init: TestbedInit): Testbed => {
  const { manifest, ...identity } = readManifest(init.packageJson);
  const told = createRecords();
  const trusted = createTrustedPlugins();
  const surroundings = createSurroundings(init);
  const plugin = { ...identity, manifest, load: async () => init.plugin };
  const listeners = {
    onLog: (line: LogLine) => void told.logs.push(line),
    onCost: (usd: number) => void told.costs.push(usd),
    onProgress: (fraction: number, message: string | undefined) => void told.progress.push([fraction, message]),
    ...(manifest.permissions.blobs ? { blobs: createMemoryBlobs(told.blobs) } : {}),
  };
  const call: Testbed['call'] = (kind, name, input, signal) =>
    trusted.call({
      tenantId: 'tenant-1',
      plugin,
      kind,
      name,
      input,
      surroundings,
      secrets: init.secrets ?? {},
      idempotencyKey: init.idempotencyKey ?? IDEMPOTENCY_KEY,
      task: TASK,
      ...(signal === undefined ? {} : { signal }),
      ...listeners,
    });
  return {
    ...told,
    call,
    step: async (name, input, signal) => (await call('step', name, input, signal)) as Record<string, Json>,
    condition: (name, config) => call('condition', name, { config, parameters: {}, step: LEFT_STEP }),
    stepWithoutWaits: async (name, input) => {
      const { signal } = new AbortController();
      const clock = createHastyClock(told.slept);
      const ports = { fetch: surroundings.fetch, signal, secrets: {}, idempotencyKey: IDEMPOTENCY_KEY, task: TASK };
      const ctx = { ...createContext({ ...ports, clock, ...listeners }), ...surroundings, tenantId: 'tenant-1' };
      return (await findContribution(init.plugin, 'step', name)?.run(input, ctx)) as Record<string, Json>;
    },
    reset: () => {
      for (const list of [told.logs, told.costs, told.progress, told.slept]) list.length = 0;
      told.blobs.clear();
    },
    close: trusted.close,
  };
};

const createRecords = (): Pick<Testbed, 'logs' | 'costs' | 'progress' | 'slept' | 'blobs'> => ({
  logs: [],
  costs: [],
  progress: [],
  slept: [],
  blobs: new Map(),
});

const readManifest = (packageJson: unknown) => {
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ path, message }) => `${path} ${message}`).join('; '));
  return { name: parsed.package.name, version: parsed.package.version, manifest: parsed.manifest };
};

type Surroundings = Pick<TrustedContext, 'fetch' | 'net' | 'files' | 'store' | 'settings'>;

const createSurroundings = (init: TestbedInit): Surroundings => ({
  fetch: init.fetch ?? fetch,
  net: {
    connect:
      init.connect ?? ((target) => createGuardedConnect(init.egressAllow ?? [`${target.host}:${target.port}`])(target)),
  },
  files:
    init.filesRoot === undefined ? { resolve: refuseFiles, reserve: refuseFiles } : createTenantFiles(init.filesRoot),
  store: init.store ?? createMemoryStore(),
  settings: init.settings ?? {},
});

const refuseFiles = (): Promise<never> => Promise.reject(new PluginError({ message: 'These plugins use no files.' }));

const createHastyClock = (slept: number[]): Clock => {
  let now = Date.now();
  return {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
};
