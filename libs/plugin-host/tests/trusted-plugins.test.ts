import {
  definePlugin,
  defineStep,
  type Json,
  manifestSchema,
  type Plugin,
  type PluginContext,
  PluginError,
} from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { createMemoryStore, createTrustedPlugins, type TrustedCall, type TrustedPlugin } from '../src/index.ts';

type Run = (input: Json, ctx: PluginContext) => Json | Promise<Json>;
type Change = { readonly permissions?: object; readonly dependencies?: object; readonly output?: object };

const codeOf = (run: Run, rest: Partial<Plugin> = {}): Plugin => ({
  ...definePlugin({ steps: [defineStep({ name: 'go', input: {}, output: {}, run })] }),
  ...rest,
});

const pluginOf = (
  load: () => Plugin,
  { permissions = {}, dependencies = {}, output = {} }: Change = {},
): TrustedPlugin => ({
  name: '@ia-modules/plugin-fixture',
  version: '1.0.0',
  manifest: manifestSchema.parse({
    apiVersion: 1,
    runtime: 'trusted',
    contributions: { steps: [{ name: 'go', title: 'Go', output }] },
    permissions,
    dependencies,
  }),
  load: async () => load(),
});

const callOf = (plugin: TrustedPlugin, change: Partial<TrustedCall> = {}): TrustedCall => ({
  tenantId: 'tenant-a',
  plugin,
  kind: 'step',
  name: 'go',
  input: null,
  idempotencyKey: 'key',
  task: { runId: 'run-1', stepId: 'go', attempt: 1 },
  surroundings: {
    fetch,
    net: { connect: () => Promise.reject(new Error('no network here')) },
    files: { resolve: async (path) => path, reserve: async (bytes) => ({ bytes, release: () => {} }) },
    store: createMemoryStore(),
    settings: {},
  },
  ...change,
});

describe('a plugin in this process', () => {
  it('is made ready once for calls at the same time, and again when that failed', async () => {
    const state = { loads: 0, starts: 0, ends: 0 };
    const plugin = pluginOf(() => {
      state.loads++;
      return codeOf(() => state.starts, {
        init: () => {
          if (++state.starts === 1) throw new Error('not yet');
        },
        shutdown: () => void state.ends++,
      });
    });
    const plugins = createTrustedPlugins();
    await expect(plugins.call(callOf(plugin))).rejects.toThrow('not yet');
    expect(await Promise.all([plugins.call(callOf(plugin)), plugins.call(callOf(plugin))])).toEqual([2, 2]);
    await plugins.close();
    expect(state).toEqual({ loads: 2, starts: 2, ends: 1 });
  });

  it('is not called with an object of very many fields', async () => {
    const input = { in: [Object.fromEntries(Array.from({ length: 50_001 }, (_, index) => [`f${index}`, index]))] };
    const called = createTrustedPlugins().call(
      callOf(
        pluginOf(() => codeOf(() => 'called')),
        { input },
      ),
    );
    await expect(called).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });

  it('is made ready by the next call when the one that began it was canceled', async () => {
    const controller = new AbortController();
    const plugin = pluginOf(() =>
      codeOf(() => 'ready', {
        init: ({ signal }) => (signal.aborted ? Promise.reject(signal.reason as Error) : undefined),
      }),
    );
    const plugins = createTrustedPlugins();
    const slow: TrustedPlugin = { ...plugin, load: () => (controller.abort(), plugin.load()) };
    const [first, second] = await Promise.allSettled([
      plugins.call(callOf(slow, { signal: controller.signal })),
      plugins.call(callOf(plugin)),
    ]);
    expect([first, second]).toMatchObject([{ reason: { code: 'IA_PLUGIN_CANCELED' } }, { value: 'ready' }]);
  });

  it('ends in time and when it is canceled, whatever its code does', async () => {
    const plugin = pluginOf(() => codeOf(() => new Promise<Json>(() => {})), { permissions: { timeoutMs: 100 } });
    const plugins = createTrustedPlugins();
    const timeout = { code: 'IA_TASK_TIMEOUT', disposition: 'timeout' };
    await expect(plugins.call(callOf(plugin))).rejects.toMatchObject(timeout);
    await expect(plugins.call(callOf(plugin, { timeoutMs: 5 }))).rejects.toMatchObject(timeout);
    const canceled = { code: 'IA_PLUGIN_CANCELED', disposition: 'canceled' };
    await expect(plugins.call(callOf(plugin, { signal: AbortSignal.abort() }))).rejects.toMatchObject(canceled);
    const controller = new AbortController();
    const waiting = plugins.call(callOf(plugin, { signal: controller.signal }));
    controller.abort();
    await expect(waiting).rejects.toMatchObject(canceled);
  });

  it('gets the secrets that it declares, and what it throws comes back as it is', async () => {
    const plugin = pluginOf(
      () =>
        codeOf((_input, { secrets }) => {
          if (Object.keys(secrets).length === 1) return secrets;
          throw new PluginError({ message: 'no secret', name: 'SecretError' });
        }),
      { permissions: { secrets: ['TOKEN'] } },
    );
    const plugins = createTrustedPlugins();
    expect(await plugins.call(callOf(plugin, { secrets: { TOKEN: 'a', OTHER: 'b' } }))).toEqual({ TOKEN: 'a' });
    await expect(plugins.call(callOf(plugin))).rejects.toMatchObject({ name: 'SecretError', message: 'no secret' });
  });

  it('keeps bytes only when its manifest says so and somebody keeps them', async () => {
    const code = () => codeOf(async (_input, { blobs }) => ({ ...(await blobs.put(new Uint8Array(3))) }));
    const reference = { blob: 'b', sizeBytes: 3, contentType: 'x' };
    const blobs = { put: async () => reference, get: async () => new Uint8Array() };
    const plugins = createTrustedPlugins();
    const denied = { code: 'IA_PLUGIN_BLOB_DENIED' };
    await expect(plugins.call(callOf(pluginOf(code), { blobs }))).rejects.toMatchObject(denied);
    const allowed = { ...pluginOf(code, { permissions: { blobs: true } }), version: '2.0.0' };
    expect(await plugins.call(callOf(allowed, { blobs }))).toEqual(reference);
    await expect(plugins.call(callOf(allowed))).rejects.toMatchObject(denied);
  });

  it('calls the plugins that it depends on alone', async () => {
    const plugin = pluginOf(() => codeOf((input, { plugins }) => plugins.call(input as string, 1)), {
      dependencies: { '@community/geo': '*' },
    });
    const plugins = createTrustedPlugins();
    const callPlugin = async (uses: string): Promise<Json> => uses;
    expect(await plugins.call(callOf(plugin, { input: '@community/geo#locate', callPlugin }))).toBe(
      '@community/geo#locate',
    );
    const other = plugins.call(callOf(plugin, { input: '@community/other#x', callPlugin }));
    await expect(other).rejects.toMatchObject({ code: 'IA_PLUGIN_DEPENDENCY' });
  });

  it('returns JSON, as its manifest promises', async () => {
    const plugins = createTrustedPlugins();
    const dated = pluginOf(() => codeOf(() => ({ at: new Date(0) }) as unknown as Json));
    expect(await plugins.call(callOf(dated))).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    const odd = { ...pluginOf(() => codeOf(() => 1n as unknown as Json)), version: '1.0.1' };
    await expect(plugins.call(callOf(odd))).rejects.toMatchObject({ code: 'IA_PLUGIN_FAILED' });
    const wrong = { ...pluginOf(() => codeOf(() => 'text'), { output: { type: 'number' } }), version: '1.0.2' };
    await expect(plugins.call(callOf(wrong))).rejects.toMatchObject({ code: 'IA_PLUGIN_OUTPUT' });
    await expect(plugins.call(callOf(wrong, { kind: 'hook' }))).rejects.toMatchObject({ code: 'IA_PLUGIN_STEP' });
  });
});
