import { z } from 'zod';
import {
  contributionsOf,
  defineCondition,
  defineExporter,
  defineHook,
  definePlugin,
  defineReporter,
  defineStep,
  defineTransform,
  defineValidator,
  parseManifest,
  type Plugin,
  type PluginContext,
  PluginError,
} from '@ia-modules/plugin-sdk';

const literal = defineStep({
  name: 'literal',
  title: 'Literal',
  description: 'A step with JSON Schema literals.',
  icon: 'icons/literal.svg',
  input: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', default: 3 }, unit: { enum: ['c', 'f'] } },
    required: ['city'],
  },
  output: { type: 'object', properties: { degrees: { type: 'number' } }, required: ['degrees'] },
  run: async ({ city, days, unit = 'c' }, ctx) => {
    const url: string = `https://api.example.com/${city.toUpperCase()}/${days.toFixed(0)}/${unit}`;
    const response: Response = await ctx.fetch(url, { signal: ctx.signal });
    ctx.logger.info(`${ctx.task.runId} ${ctx.task.stepId} ${ctx.task.attempt}`);
    ctx.progress(0.5);
    ctx.progress(1, 'done');
    ctx.cost(0.1);
    ctx.metrics.count('asked');
    ctx.metrics.record('answer_bytes', 1, { city });
    return { degrees: response.status };
  },
});

const parsed = defineStep({
  name: 'parsed',
  input: z.object({ at: z.coerce.date(), text: z.string().default('') }),
  output: z.object({ year: z.number() }),
  run: ({ at, text }) => ({ year: at.getFullYear() + text.length }),
});

const everything = async (ctx: PluginContext): Promise<string> => {
  const reference = await ctx.blobs.put(new Uint8Array(1), { contentType: 'text/plain' });
  const bytes: Uint8Array = await ctx.blobs.get(reference);
  await ctx.clock.sleep(ctx.clock.now());
  await ctx.plugins.call('@community/geo#locate', { bytes: bytes.length, key: ctx.idempotencyKey });
  return await ctx.span('outer', (outer) => outer.span('inner', (inner) => (inner.set({ ok: true }), 'done')), {
    n: 1,
  });
};

export const plugin: Plugin = definePlugin({
  steps: [literal, parsed, defineStep({ name: 'any', input: {}, output: {}, run: (_, ctx) => everything(ctx) })],
  conditions: [
    defineCondition({
      name: 'above',
      config: { type: 'object', properties: { min: { type: 'number', default: 0 } } },
      evaluate: ({ config, parameters, step }) => config.min < 1 && step.status === 'succeeded' && 'a' in parameters,
    }),
  ],
  validators: [
    defineValidator({ name: 'yes', validate: ({ value }) => value !== null }),
    defineValidator({ name: 'no', validate: () => ({ valid: false, errors: [{ path: '$', message: 'is wrong' }] }) }),
  ],
  transforms: [
    defineTransform({ name: 'wrap', config: z.object({ n: z.number() }), transform: ({ value }) => [value] }),
  ],
  hooks: [defineHook({ name: 'tell', handle: ({ event }, ctx) => ctx.logger.warn(`${event.type} ${event.stepId}`) })],
  reporters: [
    defineReporter({
      name: 'report',
      report: ({ events }) => void events.map(({ runId, seq, at }) => [runId, seq, at]),
    }),
  ],
  exporters: [
    defineExporter({
      name: 'export',
      export: ({ points }) =>
        void points.map(({ name, unit, value, labels, kind, at }) => ({ name, unit, value, labels, kind, at })),
    }),
  ],
  init: (ctx) => ctx.logger.info('ready'),
  health: async (ctx) => {
    if (ctx.secrets['API_KEY'] === undefined) {
      throw new PluginError({ message: 'no key', name: 'KeyError', hint: 'Set it.', retryable: false });
    }
  },
  shutdown: () => {},
});

const read = parseManifest({});
export const told: readonly string[] = read.ok
  ? contributionsOf(read.manifest).map(({ kind, name, title }) => `${kind} ${name} ${title}`)
  : read.diagnostics.map(({ path, message }) => `${path} ${message}`);
