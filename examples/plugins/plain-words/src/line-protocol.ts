import { defineExporter, PluginError } from '@ia-modules/plugin-sdk';

type Point = { readonly name: string; readonly value: number; readonly at: number };

export const lineOf = ({ name, value, at }: Point): string => `${name.replaceAll('.', '_')} value=${value} ${at}`;

export const lineProtocol = defineExporter({
  name: 'line_protocol',
  title: 'Line protocol',
  description: 'Sends measurements to https://metrics.example.com, one line each.',
  config: {
    type: 'object',
    properties: { bucket: { type: 'string', pattern: '^[a-z]{1,30}$', description: 'Where they are kept.' } },
    required: ['bucket'],
    additionalProperties: false,
  },
  export: async ({ points, config }, ctx) => {
    const { ok, status } = await ctx.fetch(`https://metrics.example.com/write?bucket=${config.bucket}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ctx.secrets['METRICS_KEY'] ?? ''}` },
      body: points.map(lineOf).join('\n'),
    });
    if (!ok) throw new PluginError({ name: 'MetricsError', message: `It answered ${status}.`, retryable: true });
    ctx.logger.info(`${points.length} measurements are in ${config.bucket}`);
  },
});
