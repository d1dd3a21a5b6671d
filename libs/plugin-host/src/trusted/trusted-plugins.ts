import { findContribution, type Json, PlatformError, type Plugin, PluginError } from '@ia-modules/plugin-sdk';
import { createContext } from '@ia-modules/plugin-sdk/host';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { contractOf } from '../contract/call-contract.ts';
import type { TrustedCall, TrustedPlugin } from '../plugin-call.ts';

/** The platform's own plugins, in this process. */
export type TrustedPlugins = {
  /**
   * Runs one contribution and returns its output, by the rules that hold in the sandbox: what goes in and out is checked against the
   * manifest, and travels as JSON.
   *
   * @throws PlatformError what the plugin threw, `IA_PLUGIN_STEP`, `IA_PLUGIN_INPUT`, `IA_PLUGIN_OUTPUT`
   */
  readonly call: (call: TrustedCall) => Promise<Json>;
  /** Lets every loaded plugin end what it holds. */
  readonly close: () => Promise<void>;
};

export const createTrustedPlugins = (): TrustedPlugins => {
  const loaded = new Map<string, Promise<Plugin>>();
  const load = async (call: TrustedCall, context: TrustedContext): Promise<Plugin> => {
    const key = `${call.plugin.name}@${call.plugin.version}`;
    const known = loaded.get(key) ?? initialize(call.plugin, context);
    loaded.set(key, known);
    // What failed once may work for the next call.
    known.catch(() => loaded.delete(key));
    return await known;
  };
  return {
    call: async (call) => {
      const contract = contractOf(call.plugin, call);
      const input = contract.readInput(call.input);
      const context = contextOf(call);
      const contribution = findContribution(await load(call, context), call.kind, call.name);
      if (contribution === undefined) throw undefinedContribution(call);
      return contract.checkOutput(toJson(await contribution.run(input, context), call));
    },
    close: async () => {
      const plugins = await Promise.allSettled(loaded.values());
      await Promise.allSettled(plugins.map(async (plugin) => 'value' in plugin && plugin.value.shutdown?.()));
    },
  };
};

const initialize = async (plugin: TrustedPlugin, context: TrustedContext): Promise<Plugin> => {
  const code = await plugin.load();
  await code.init?.(context);
  return code;
};

const NEVER = new AbortController().signal;

const contextOf = (call: TrustedCall): TrustedContext => {
  const { plugin, surroundings, tenantId, idempotencyKey, task, onLog, onProgress, onCost, onSpan, onMetric } = call;
  const declared = new Set(plugin.manifest.permissions.secrets);
  const secrets = Object.entries(call.secrets ?? {}).filter(([name]) => declared.has(name));
  const context = createContext({
    fetch: surroundings.fetch,
    signal: call.signal ?? NEVER,
    secrets: Object.fromEntries(secrets),
    idempotencyKey,
    task,
    onLog,
    onProgress,
    onCost,
    onSpan,
    onMetric,
    blobs: call.blobs,
    callPlugin: call.callPlugin,
  });
  const { net, files, store, settings } = surroundings;
  return { ...context, tenantId, net, files, store, settings };
};

/** What leaves a plugin travels as JSON, as it would from the sandbox. */
const toJson = (output: unknown, { name, kind, plugin }: TrustedCall): Json => {
  if (output === undefined) return null;
  try {
    const text = JSON.stringify(output) as string | undefined;
    if (text !== undefined) return JSON.parse(text) as Json;
  } catch {
    // Falls through to the same answer as for a value that JSON has no form for.
  }
  throw new PluginError({ message: `The ${kind} "${name}" of ${plugin.name} returned a value that is no JSON.` });
};

const undefinedContribution = ({ plugin, kind, name }: TrustedCall): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_STEP',
    message: `The code of ${plugin.name}@${plugin.version} defines no ${kind} "${name}".`,
    fault: 'plugin',
  });
