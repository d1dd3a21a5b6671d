import { createHash } from 'node:crypto';
import { defineExporter, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { deliver, targetFields } from './deliver.ts';
import { envelope } from './envelope.ts';
import { toOtlp } from './otlp.ts';

export const webhookExport = defineExporter({
  name: 'export',
  title: 'Webhook exporter',
  description: 'Sends measurements of runs to an address, as JSON or to an OpenTelemetry collector.',
  config: z.strictObject({
    ...targetFields,
    format: z
      .enum(['json', 'otlp_json'])
      .default('json')
      .describe('`otlp_json` is what /v1/metrics of an OpenTelemetry collector takes.'),
    service_name: z
      .string()
      .min(1)
      .max(200)
      .default('ia-modules')
      .describe('service.name of the resource, in otlp_json.'),
    max_points: z.int().min(1).max(5_000).default(500).describe('Of one message.'),
  }),
  export: async ({ points, config: { format, service_name, max_points: maxPoints, ...target } }, ctx) => {
    for (let start = 0; start < points.length; start += maxPoints) {
      const batch = points.slice(start, start + maxPoints);
      const digest = createHash('sha256').update(JSON.stringify(batch)).digest('hex');
      const plain = { points: batch.map(({ at, ...rest }) => ({ ...rest, at: new Date(at).toISOString() })) };
      const body: Json =
        format === 'json' ? envelope('run.metrics', plain, ctx.clock.now()) : toOtlp(batch, service_name);
      await deliver(ctx, { target, key: `export/${digest}`, body });
    }
  },
});
