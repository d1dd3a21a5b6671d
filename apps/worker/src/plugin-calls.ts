import type { BlobStore } from '@ia-modules/blobs';
import type { BuiltInPlugin } from '@ia-modules/built-in-plugins';
import { type Json, type PluginReference, scrubAttempt, type TaskExecution } from '@ia-modules/engine';
import type { InstalledPlugin, PluginCall, SandboxPool, TrustedCall, TrustedPlugins } from '@ia-modules/plugin-host';
import { type ContributionKind, type PluginGrant, PlatformError, type TaskInfo } from '@ia-modules/plugin-sdk';
import type { Metrics } from '@ia-modules/telemetry';
import type { CodeAdmission } from './admission/code-admission.ts';
import { createBlobPort } from './blob-port.ts';
import { observeCall } from './observe-call.ts';
import type { SecretReader } from './secret-reader.ts';

export type PluginCallsOptions = {
  readonly sandbox: Pick<SandboxPool, 'call'>;
  readonly trusted: Pick<TrustedPlugins, 'call'>;
  /** What the platform's own plugins reach besides, for a tenant. */
  readonly surroundingsOf: (tenantId: string) => TrustedCall['surroundings'];
  readonly installPlugin: (reference: PluginReference, signal: AbortSignal) => Promise<InstalledPlugin>;
  readonly admission: CodeAdmission;
  readonly readSecret: SecretReader;
  readonly blobs: BlobStore;
  readonly metrics: Metrics;
};

/** One contribution that is called for an attempt, by the run or by another plugin. */
export type ContributionCall = {
  readonly tenantId: string;
  readonly kind: ContributionKind;
  readonly name: string;
  readonly input: Json;
  readonly idempotencyKey: string;
  readonly task: TaskInfo;
  readonly timeoutMs: number | null;
  readonly execution: TaskExecution;
  /** Names the code that is about to run; nothing runs before it resolves. */
  readonly begin: (plugin: PluginReference) => Promise<void>;
  /** Puts on record that the run uses a plugin of which no event tells; nothing of it runs before this resolves. */
  readonly recordUse: (plugin: PluginReference) => Promise<void>;
  /** The version of a package that the run has pinned, for a range where it has pinned several. */
  readonly findPinned: (packageName: string, range?: string) => PluginReference;
  /** How many plugins stand between the run and this call. */
  readonly depth: number;
};

export type PluginCalls = {
  readonly callBuiltIn: (call: ContributionCall, plugin: BuiltInPlugin) => Promise<Json>;
  /** Calls an installed plugin with the tenant's grant of now: uninstalling stops it, and so does whatever is said against it. */
  readonly callInstalled: (call: ContributionCall, reference: PluginReference) => Promise<Json>;
};

const MAX_DEPTH = 3;

/** The one way to the code of a plugin, trusted or sandboxed, whoever calls it. */
export const createPluginCalls = (options: PluginCallsOptions): PluginCalls => {
  const { sandbox, trusted, surroundingsOf, metrics } = options;

  const callInstalled = async (call: ContributionCall, reference: PluginReference): Promise<Json> => {
    const { tenantId } = call;
    const { signal } = call.execution;
    const grant = await options.admission.admitInstalled({ tenantId, plugin: reference, signal });
    const plugin = await options.installPlugin(reference, signal);
    const secrets = await readGrantedSecrets(options, call, { plugin, grant });
    const run = async (execution: TaskExecution): Promise<Json> => {
      const { name, version, integrity } = reference;
      await call.begin({ name, version, integrity });
      return await observeCall({ metrics, plugin: name, call }, (sinks) =>
        sandbox.call({ ...callOf({ ...call, execution }, plugin.manifest), ...sinks, plugin, grant, secrets }),
      );
    };
    return await runScrubbed(secrets, call.execution, run);
  };

  const callOf = (call: ContributionCall, { dependencies }: CallerManifest): PluginCall => {
    const { execution, tenantId, task, timeoutMs } = call;
    let calls = 0;
    return {
      tenantId,
      task,
      depth: call.depth,
      kind: call.kind,
      name: call.name,
      input: call.input,
      idempotencyKey: call.idempotencyKey,
      signal: execution.signal,
      ...(timeoutMs === null ? {} : { timeoutMs }),
      onLog: execution.log,
      onProgress: (fraction, message = '') => execution.log({ level: 'progress', fraction, message }),
      onCost: execution.addCost,
      blobs: createBlobPort(options.blobs, { tenantId, runId: task.runId }),
      callPlugin: async (uses, input, signal) => {
        calls += 1;
        const { reference, step } = findDependency(call, uses, dependencies);
        return await callInstalled(nestedCall(call, { uses, step, input, signal, place: calls }), reference);
      },
    };
  };

  return {
    callInstalled,
    callBuiltIn: async (call, plugin) => {
      const { tenantId } = call;
      await call.begin(await options.admission.admitBuiltIn({ tenantId, plugin, signal: call.execution.signal }));
      const surroundings = surroundingsOf(tenantId);
      // The platform's own plugins need no grant: a pipeline could hand them the same with a template.
      const secrets = await readSecrets(options, call, plugin.manifest.permissions.secrets);
      return await runScrubbed(secrets, call.execution, (execution) =>
        observeCall({ metrics, plugin: plugin.name, call }, (sinks) =>
          trusted.call({ ...callOf({ ...call, execution }, plugin.manifest), ...sinks, plugin, surroundings, secrets }),
        ),
      );
    },
  };
};

type CallerManifest = Pick<InstalledPlugin['manifest'], 'dependencies'>;

const USES = /^(@[^#/]+\/[^#]+)#([a-z][a-z0-9_.]{0,63})$/;

/** The host has looked at the manifest of the caller; here is looked at what the run has pinned. */
const findDependency = (call: ContributionCall, uses: string, ranges: InstalledPlugin['manifest']['dependencies']) => {
  const [, packageName, step] = USES.exec(uses) ?? [];
  if (packageName === undefined || step === undefined) {
    throw dependencyError(`'${uses.slice(0, 200)}' names no step of a plugin.`, 'Write @scope/package#step.');
  }
  if (call.depth >= MAX_DEPTH) {
    const message = `Plugins call each other at most ${MAX_DEPTH} deep; ${packageName} would be one more.`;
    throw dependencyError(message, 'Let one of them do the work of the next.');
  }
  return { reference: call.findPinned(packageName, ranges[packageName]), step };
};

const dependencyError = (message: string, hint: string): PlatformError =>
  new PlatformError({ code: 'IA_PLUGIN_DEPENDENCY', message, hint, fault: 'plugin' });

type Nested = {
  readonly uses: string;
  readonly step: string;
  readonly input: Json;
  readonly signal: AbortSignal;
  /** Which of the caller's calls this is: the same one in each attempt that goes the same way. */
  readonly place: number;
};

/** Its lines and cost are those of the attempt; how far it is says nothing of how far the attempt is. */
const nestedCall = (call: ContributionCall, { uses, step, input, signal, place }: Nested): ContributionCall => ({
  ...call,
  kind: 'step',
  name: step,
  input,
  idempotencyKey: `${call.idempotencyKey}/${place}:${uses}`,
  timeoutMs: null,
  execution: {
    ...call.execution,
    signal: AbortSignal.any([call.execution.signal, signal]),
    log: (line) => {
      if (line.level !== 'progress') call.execution.log({ ...line, message: `${uses}: ${line.message}` });
    },
  },
  begin: call.recordUse,
  depth: call.depth + 1,
});

type Installed = { readonly plugin: InstalledPlugin; readonly grant: PluginGrant };

const readGrantedSecrets = async (
  options: PluginCallsOptions,
  call: ContributionCall,
  { plugin, grant }: Installed,
): Promise<Secrets> => {
  const names = plugin.manifest.permissions.secrets.filter((name) => grant.secrets.includes(name));
  const secrets = await readSecrets(options, call, names);
  for (const name of names.filter((granted) => !Object.hasOwn(secrets, granted))) {
    call.execution.log({ level: 'warn', message: `The secret ${name} is granted and not set.` });
  }
  return secrets;
};

type Secrets = Readonly<Record<string, string>>;

/** One that is not set is left out: whether a plugin can do without it is the plugin's to say. */
const readSecrets = async (
  { readSecret }: PluginCallsOptions,
  { tenantId, execution: { signal } }: ContributionCall,
  names: readonly string[],
): Promise<Secrets> => {
  const values = await Promise.all(
    names.map(async (name) => [name, await readSecret({ tenantId, name, signal })] as const),
  );
  return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
};

const runScrubbed = async (
  secrets: Secrets,
  execution: TaskExecution,
  run: (execution: TaskExecution) => Promise<Json>,
): Promise<Json> => {
  const values = Object.values(secrets);
  return values.length === 0 ? await run(execution) : await scrubAttempt(values, execution, run);
};
