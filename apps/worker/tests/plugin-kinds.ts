import type { PluginReference } from '@ia-modules/engine';
import { manifestSchema } from '@ia-modules/plugin-sdk';
import { buildTarball, type TarballServer } from './tarball-server.ts';

export const KINDS = '@community/kinds';
export const HELPER = '@community/helper';

/** Keeps bytes, reads them, asks another plugin, loses its process, says that it can't tell: whatever a pipeline wants. */
const KINDS_CODE = `
const text = (bytes) => new TextDecoder().decode(bytes);
const steps = {
  keep: async (input, ctx) => {
    ctx.metrics.count('kept', 1);
    return ctx.span('keep', () => ctx.blobs.put(new TextEncoder().encode(input.text), { contentType: 'text/plain' }));
  },
  read: async (input, ctx) => ({ text: text(await ctx.blobs.get(input.reference)) }),
  ask: async (input, ctx) => ctx.plugins.call(input.uses ?? '${HELPER}#help', input),
  die: async (input, ctx) => {
    const { status } = await ctx.fetch(input.url + '/attempts/' + ctx.task.attempt);
    return { status, key: ctx.idempotencyKey };
  },
  lose: async () => { throw Object.assign(new Error('no answer'), { outcome: 'unknown', retryable: false }); },
};
const others = {
  condition: { is_long: async ({ config, step }) => step.output.text.length >= config.chars },
  validator: { is_text: async ({ value }) => typeof value.text === 'string' },
  transform: { trim: async ({ value }) => ({ ...value, text: value.text.trim() }) },
  hook: { tell: async ({ event, config }, ctx) => { await ctx.fetch(config.url + '/hook/' + event.type); return null; } },
  reporter: { log: async ({ events, config }, ctx) => { await ctx.fetch(config.url + '/events/' + events.at(-1).type); return null; } },
  exporter: {
    send: async ({ points, config }, ctx) => {
      await ctx.fetch(config.url + '/points', { method: 'POST', body: JSON.stringify(points) });
      return null;
    },
  },
};
export const plugin = {
  contributions: Object.entries({ step: steps, ...others }).flatMap(([kind, runs]) =>
    Object.entries(runs).map(([name, run]) => ({ kind, name, run }))),
};
`;

const HELPER_CODE = `
const help = async (input, ctx) => {
  ctx.logger.info('helps ' + ctx.secrets.HELPER_KEY);
  ctx.cost(0.125);
  return { answer: 'for ' + input.question, key: ctx.idempotencyKey, secret: ctx.secrets.HELPER_KEY ?? null };
};
const deeper = async (input, ctx) => ctx.plugins.call('${KINDS}#ask', { uses: '${HELPER}#deeper' });
export const plugin = { contributions: [{ kind: 'step', name: 'help', run: help }, { kind: 'step', name: 'deeper', run: deeper }] };
`;

const named = (name: string, more: object = {}) => ({ name, title: name, ...more });

const serve = (registry: TarballServer, name: string, manifest: object, code: string): PluginReference => {
  const content = JSON.stringify({ name, version: '1.0.0', type: 'module', iaModules: manifestSchema.parse(manifest) });
  const entries = [
    { path: 'package/package.json', content },
    { path: 'package/dist/plugin.js', content: code },
  ];
  return registry.serve(name, '1.0.0', buildTarball(entries));
};

/** Publishes a plugin with a contribution of every kind, which may call the helper. */
export const serveKinds = (registry: TarballServer, host: string): PluginReference =>
  serve(
    registry,
    KINDS,
    {
      apiVersion: 1,
      contributions: {
        steps: ['keep', 'read', 'ask', 'die', 'lose'].map((name) => named(name)),
        conditions: [named('is_long', { config: { properties: { chars: { type: 'number', default: 1 } } } })],
        validators: [named('is_text')],
        transforms: [named('trim')],
        hooks: [named('tell')],
        reporters: [named('log')],
        exporters: [named('send')],
      },
      permissions: { net: [host], blobs: true },
      dependencies: { [HELPER]: '^1.0.0' },
    },
    KINDS_CODE,
  );

/** Publishes a plugin that others call, with a secret of its own. */
export const serveHelper = (registry: TarballServer): PluginReference =>
  serve(
    registry,
    HELPER,
    {
      apiVersion: 1,
      contributions: { steps: [named('help'), named('deeper')] },
      permissions: { secrets: ['HELPER_KEY'] },
      dependencies: { [KINDS]: '*' },
    },
    HELPER_CODE,
  );
