import {
  createCircuitBreakers,
  type Json,
  parseUses,
  type PluginReference,
  scrubAttempt,
  type TaskExecution,
  type TaskExecutor,
  type TaskRequest,
  withCircuitBreaker,
  withSecrets,
} from '@ia-modules/engine';
import { type BuiltInPlugin, BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import type {
  InstalledPlugin,
  PluginCall,
  SandboxCall,
  SandboxPool,
  TrustedCall,
  TrustedPlugins,
} from '@ia-modules/plugin-host';
import { type ContributionKind, type PluginGrant, PlatformError } from '@ia-modules/plugin-sdk';
import type { RunProgram, StoredRun } from '@ia-modules/runtime-postgres';
import type { SecretReader } from './secret-reader.ts';

export type ExecutorOptions = {
  /** Names this worker in the events of the attempts that it makes. */
  readonly worker: string;
  readonly sandbox: Pick<SandboxPool, 'call'>;
  readonly trusted: Pick<TrustedPlugins, 'call'>;
  /** What the platform's own plugins reach besides, for a tenant. */
  readonly surroundingsOf: (tenantId: string) => TrustedCall['surroundings'];
  readonly installPlugin: (reference: PluginReference, signal: AbortSignal) => Promise<InstalledPlugin>;
  readonly readGrant: (query: {
    readonly tenantId: string;
    readonly pluginName: string;
    readonly signal: AbortSignal;
  }) => Promise<PluginGrant>;
  readonly readSecret: SecretReader;
};

/**
 * Makes what works on a run's attempts, of whatever kind: built-in plugins in this process, installed ones in the sandbox.
 * What fails again and again by its own fault is left alone for a while, tenant by tenant.
 */
export const createExecutorFactory = (
  options: ExecutorOptions,
): ((run: StoredRun, program: RunProgram) => TaskExecutor) => {
  const breakers = createCircuitBreakers();
  return (run, program) => {
    const { tenantId } = run;
    const guarded = withCircuitBreaker(createExecutor(options, run, program), { breakers, tenant: tenantId });
    return {
      execute: (request, execution) => {
        if (request.secrets.length === 0) return guarded.execute(request, execution);
        const { signal } = execution;
        const lookup = (name: string) => options.readSecret({ tenantId, name, signal });
        return withSecrets(guarded, lookup).execute(request, execution);
      },
    };
  };
};

const createExecutor = (options: ExecutorOptions, run: StoredRun, program: RunProgram): TaskExecutor => ({
  execute: async (request, execution) => {
    const uses = parseUses(request.uses);
    if (uses?.kind === 'builtin') {
      const plugin = BUILT_IN_PLUGINS.get(uses.plugin);
      if (plugin !== undefined) return runBuiltIn(options, { run, plugin, step: uses.step, request, execution });
    }
    if (uses?.kind === 'package') {
      const reference = findPinned(program, uses.packageName);
      return runInstalled(options, { run, reference, step: uses.step, request, execution });
    }
    throw unknownStep(request.uses);
  },
});

type Attempt = {
  readonly run: StoredRun;
  readonly step: string;
  readonly request: TaskRequest;
  readonly execution: TaskExecution;
};

/** What undoes a step is a step. */
const kindOf = ({ kind }: TaskRequest): ContributionKind => (kind === 'compensation' ? 'step' : kind);

const callOf = ({ run, step, request, execution }: Attempt): PluginCall => ({
  tenantId: run.tenantId,
  kind: kindOf(request),
  name: step,
  input: request.input,
  idempotencyKey: request.idempotencyKey,
  task: { runId: run.runId, stepId: request.stepId, attempt: request.attempt },
  signal: execution.signal,
  ...(request.timeoutMs === null ? {} : { timeoutMs: request.timeoutMs }),
  onLog: execution.log,
  onProgress: (fraction, message = '') => execution.log({ level: 'progress', fraction, message }),
  onCost: execution.addCost,
});

const runBuiltIn = async (
  { worker, trusted, surroundingsOf }: ExecutorOptions,
  attempt: Attempt & { readonly plugin: BuiltInPlugin },
): Promise<Json> => {
  await attempt.execution.emitStarted({ worker });
  const surroundings = surroundingsOf(attempt.run.tenantId);
  return await trusted.call({ ...callOf(attempt), plugin: attempt.plugin, surroundings });
};

type InstalledAttempt = Attempt & { readonly reference: PluginReference };

const runInstalled = async (options: ExecutorOptions, attempt: InstalledAttempt): Promise<Json> => {
  const { run, reference, execution } = attempt;
  const { tenantId } = run;
  const { signal } = execution;
  const grant = await options.readGrant({ tenantId, pluginName: reference.name, signal });
  const plugin = await options.installPlugin(reference, signal);
  const permitted = plugin.manifest.permissions.secrets.filter((name) => grant.secrets.includes(name));
  if (permitted.length === 0) return callPlugin(options, attempt, { grant, plugin, secrets: {} });
  const secrets = await readSecrets(options, { tenantId, names: permitted, execution });
  return scrubAttempt(Object.values(secrets), execution, (scrubbed) =>
    callPlugin(options, { ...attempt, execution: scrubbed }, { grant, plugin, secrets }),
  );
};

type SecretsQuery = { readonly tenantId: string; readonly names: readonly string[]; readonly execution: TaskExecution };

/** One that is not set is left out: whether a plugin can do without it is the plugin's to say. */
const readSecrets = async (
  { readSecret }: ExecutorOptions,
  { tenantId, names, execution: { signal, log } }: SecretsQuery,
): Promise<Readonly<Record<string, string>>> => {
  const values = await Promise.all(
    names.map(async (name) => [name, await readSecret({ tenantId, name, signal })] as const),
  );
  for (const [name, value] of values) {
    if (value === undefined) log({ level: 'warn', message: `The secret ${name} is granted and not set.` });
  }
  return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
};

const callPlugin = async (
  { worker, sandbox }: ExecutorOptions,
  attempt: InstalledAttempt,
  permitted: Pick<SandboxCall, 'grant' | 'plugin' | 'secrets'>,
): Promise<Json> => {
  const { name, version, integrity } = attempt.reference;
  await attempt.execution.emitStarted({ worker, plugin: { name, version, integrity } });
  return await sandbox.call({ ...callOf(attempt), ...permitted });
};

const findPinned = ({ resolvedPlugins }: RunProgram, packageName: string): PluginReference => {
  const reference = Object.values(resolvedPlugins).find((plugin) => plugin.name === packageName);
  if (reference !== undefined) return reference;
  throw new PlatformError({
    code: 'IA_PLUGIN_NOT_INSTALLED',
    message: `The pipeline version pins no version of ${packageName}.`,
    hint: 'Install the plugin, save the pipeline and start another run.',
  });
};

const unknownStep = (uses: string): PlatformError =>
  new PlatformError({
    code: 'IA_STEP_UNKNOWN',
    message: `This worker can not run steps of the type "${uses}".`,
    hint: 'Local modules run on the command line only; other steps come from core, http or an installed plugin.',
  });
