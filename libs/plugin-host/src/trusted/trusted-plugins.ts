import { findContribution, type Json, PlatformError, type Plugin, PluginError } from '@ia-modules/plugin-sdk';
import { contractOf } from '../contract/call-contract.ts';
import type { TrustedCall, TrustedPlugin } from '../plugin-call.ts';
import { createCallDeadline } from './call-deadline.ts';
import { checkFields } from './check-fields.ts';
import { trustedContextOf } from './trusted-context.ts';

/** The platform's own plugins, in this process. */
export type TrustedPlugins = {
  /**
   * Runs one contribution and returns its output, by the rules that hold in the sandbox: what goes in and out is checked against the
   * manifest and travels as JSON, and the call ends when it is canceled or out of time, whether the code looks at `ctx.signal` or not.
   *
   * @throws PlatformError what the plugin threw, `IA_PLUGIN_STEP`, `IA_PLUGIN_INPUT`, `IA_PLUGIN_OUTPUT`, `IA_PLUGIN_CANCELED`,
   *   `IA_TASK_TIMEOUT`
   */
  readonly call: (call: TrustedCall) => Promise<Json>;
  /** Lets every loaded plugin end what it holds, for a second at most. */
  readonly close: () => Promise<void>;
};

const SHUTDOWN_MS = 1_000;

export const createTrustedPlugins = (): TrustedPlugins => {
  const loaded = new Map<string, Promise<Plugin>>();

  /** Loads once; what failed, be it because the call that began it was canceled, the next call tries again. */
  const load = async (call: TrustedCall, signal: AbortSignal): Promise<Plugin> => {
    const key = `${call.plugin.name}@${call.plugin.version}`;
    for (let known = loaded.get(key); known !== undefined; known = loaded.get(key)) {
      const plugin = await known.catch(() => undefined);
      if (plugin !== undefined) return plugin;
      signal.throwIfAborted();
    }
    const own = initialize(call, signal);
    loaded.set(key, own);
    try {
      return await own;
    } catch (error) {
      loaded.delete(key);
      throw error;
    }
  };

  const run = async (call: TrustedCall, signal: AbortSignal): Promise<Json> => {
    const contract = contractOf(call.plugin, call);
    checkFields(call.input);
    const input = contract.readInput(call.input);
    const contribution = findContribution(await load(call, signal), call.kind, call.name);
    if (contribution === undefined) throw undefinedContribution(call);
    signal.throwIfAborted();
    return contract.checkOutput(toJson(await contribution.run(input, trustedContextOf(call, signal)), call));
  };

  return {
    call: async (call) => {
      const deadline = createCallDeadline(call);
      try {
        return await Promise.race([run(call, deadline.signal), deadline.passed]);
      } finally {
        deadline.stop();
      }
    },
    close: async () => {
      const plugins = await Promise.allSettled(loaded.values());
      const ends = Promise.allSettled(plugins.map(async (plugin) => 'value' in plugin && plugin.value.shutdown?.()));
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, SHUTDOWN_MS);
      await Promise.race([ends, late.promise]);
      clearTimeout(timer);
    },
  };
};

const initialize = async (call: TrustedCall, signal: AbortSignal): Promise<Plugin> => {
  const code = await call.plugin.load();
  await code.init?.(trustedContextOf(call, signal));
  return code;
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

const undefinedContribution = ({
  plugin,
  kind,
  name,
}: { readonly plugin: TrustedPlugin } & Pick<TrustedCall, 'kind' | 'name'>): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_STEP',
    message: `The code of ${plugin.name}@${plugin.version} defines no ${kind} "${name}".`,
    fault: 'plugin',
  });
