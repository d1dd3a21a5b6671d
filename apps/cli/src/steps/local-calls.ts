import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { scrubAttempt, type TaskExecution, type TaskRequest } from '@ia-modules/engine';
import {
  createMemoryBlobs,
  createMemoryStore,
  createSandboxPool,
  createTenantFiles,
  createTrustedPlugins,
  type PluginCall,
  type SandboxLevel,
  type SandboxPool,
  type TrustedCall,
} from '@ia-modules/plugin-host';
import { type ContributionKind, type Json, PlatformError, type PluginGrant } from '@ia-modules/plugin-sdk';
import type { LogLine } from '@ia-modules/plugin-sdk/host';
import type { ConnectTarget } from '@ia-modules/plugin-sdk/trusted';
import type { LocalPlugin } from '../discovery/local-plugin.ts';

export type LocalCallsOptions = {
  /** The folder that files of plugins lie in: the pipeline's. */
  readonly directory: string;
  readonly findPackage: (name: string) => LocalPlugin | undefined;
  /** Installed packages that get all that their manifests ask for; others get nothing. */
  readonly granted: ReadonlySet<string>;
  readonly sandboxLevel: SandboxLevel;
  readonly readSecret: (name: string) => string | undefined | Promise<string | undefined>;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (text: string) => void;
};

export type Called = { readonly plugin: LocalPlugin; readonly kind: ContributionKind; readonly name: string };

/** Calls plugins as a worker does: the user's own and the built-in ones in this process, packages in the sandbox. */
export type LocalCalls = {
  readonly call: (called: Called, request: TaskRequest, execution: TaskExecution) => Promise<Json>;
  readonly close: () => Promise<void>;
};

/** There are no tenants here: everything is the user's. */
const TENANT = 'local';

export const createLocalCalls = (options: LocalCallsOptions): LocalCalls => {
  const trusted = createTrustedPlugins();
  const surroundings = createSurroundings(options);
  const blobs = createMemoryBlobs();
  let pool: Promise<SandboxPool> | undefined;
  const openPool = (): Promise<SandboxPool> => (pool ??= createSandboxPool({ level: options.sandboxLevel }));

  const callAt = async (called: Called, place: CallPlace, execution: TaskExecution): Promise<Json> => {
    const { plugin, kind, name } = called;
    const { request, input, depth } = place;
    const call: PluginCall = {
      ...callOf(request, execution, options.log),
      kind,
      name,
      input,
      blobs,
      depth,
      callPlugin: async (uses, given) =>
        callAt(dependencyOf(plugin, uses, options.findPackage), { request, input: given, depth: depth + 1 }, execution),
    };
    if (plugin.code.runsIn === 'process') {
      const own = await plugin.code.load();
      const ownSecrets = await readSecrets(own.manifest.permissions.secrets, options);
      return scrubAttempt(Object.values(ownSecrets), execution, () =>
        trusted.call({ ...call, plugin: own, surroundings, secrets: ownSecrets }),
      );
    }
    const installed = plugin.code.plugin;
    const grant = options.granted.has(plugin.name) ? installed.manifest.permissions : NOTHING;
    const secrets = await readSecrets(grant.secrets, options);
    for (const secret of grant.secrets.filter((wanted) => !(wanted in secrets)))
      options.log(`warning: the secret ${secret} is granted and not set.`);
    const sandbox = await openPool();
    return scrubAttempt(Object.values(secrets), execution, () =>
      sandbox.call({ ...call, plugin: installed, grant, secrets }),
    );
  };

  return {
    call: (called, request, execution) => callAt(called, { request, input: request.input, depth: 0 }, execution),
    close: async () => {
      await Promise.all([trusted.close(), pool?.then((open) => open.close())]);
    },
  };
};

const NOTHING: PluginGrant = { net: [], secrets: [], blobs: false };

type CallPlace = { readonly request: TaskRequest; readonly input: Json; readonly depth: number };

/** What all calls of an attempt have in common. */
const callOf = (request: TaskRequest, { signal, addCost }: TaskExecution, log: (text: string) => void) => ({
  tenantId: TENANT,
  idempotencyKey: request.idempotencyKey,
  task: taskOf(request),
  signal,
  ...(request.timeoutMs === null ? {} : { timeoutMs: request.timeoutMs }),
  onLog: ({ level, message }: LogLine) => log(`${request.stepId || request.uses} ${level}: ${message}`),
  onCost: addCost,
});

/** The run is the first part of a task's idempotency key. */
export const taskOf = ({ idempotencyKey, stepId, attempt }: TaskRequest): PluginCall['task'] => ({
  runId: idempotencyKey.split('/')[0] ?? '',
  stepId,
  attempt,
});

const dependencyOf = (caller: LocalPlugin, uses: string, find: LocalCallsOptions['findPackage']): Called => {
  const [packageName = '', name = ''] = uses.split('#');
  const plugin = Object.hasOwn(caller.dependencies, packageName) ? find(packageName) : undefined;
  if (plugin !== undefined) return { plugin, kind: 'step', name };
  throw new PlatformError({
    code: 'IA_PLUGIN_DEPENDENCY',
    message: `${packageName} is no dependency of ${caller.name} that is installed here.`,
    fault: 'plugin',
  });
};

/** Those that are set. */
const readSecrets = async (
  names: readonly string[],
  { readSecret }: LocalCallsOptions,
): Promise<Readonly<Record<string, string>>> => {
  const values = await Promise.all(names.map(async (name) => [name, await readSecret(name)] as const));
  return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
};

const createSurroundings = ({ directory, settings }: LocalCallsOptions): TrustedCall['surroundings'] => ({
  fetch: globalThis.fetch,
  net: { connect: openSocket },
  files: createTenantFiles(directory),
  store: createMemoryStore(),
  settings,
});

/** Whoever calls the command may reach whatever this machine reaches. */
const openSocket = ({ host, port, tls = false }: ConnectTarget): Promise<Socket> => {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket: Socket = tls
    ? connectTls({ host, port, servername: host }, () => resolve(socket))
    : connectPlain({ host, port }, () => resolve(socket));
  socket.once('error', reject);
  return promise;
};
