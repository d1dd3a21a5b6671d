import { toUrl } from '@ia-modules/http-client';
import { defineStep, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { certificateOutput, readCertificate } from './certificate.ts';
import { probe, type Probed } from './probe.ts';
import { probeFields } from './probe-fields.ts';

const MAX_TRIES = 100;

const checkInput = z.strictObject({
  ...probeFields,
  tries: z.int().min(1).max(MAX_TRIES).default(3).describe('How often to ask, one after the other.'),
  interval_ms: z.int().min(0).max(60_000).default(200).describe('Between two tries.'),
  min_success_rate: z.number().min(0).max(1).default(1).describe('Part of the tries that must be good.'),
  certificate: z.boolean().default(true).describe('Whether to look at the TLS certificate of an https address.'),
});

export const apiCheck = defineStep({
  name: 'check',
  title: 'Check an API',
  description:
    'Asks an address several times and tells how often and how quickly it answered, and when its certificate ends.',
  input: checkInput,
  output: z.object({
    available: z.boolean().describe('Whether enough tries were good.'),
    success_rate: z.number().describe('From 0 to 1.'),
    tries: z
      .array(
        z.object({
          status: z.int().nullable().describe('Null when no answer came.'),
          latency_ms: z.int().describe('Until the body had arrived.'),
          problem: z.string().nullable().describe('Why the answer is not good; null when it is.'),
        }),
      )
      .describe('In order.'),
    latency_ms: z
      .object({
        min: z.int().describe('The quickest.'),
        median: z.int().describe('Half are quicker.'),
        p95: z.int().describe('95 of 100 are quicker or as quick.'),
        max: z.int().describe('The slowest.'),
      })
      .nullable()
      .describe('Of the tries that were answered; null when none was.'),
    certificate: certificateOutput.nullable().describe('Null without TLS, or with a certificate that is not trusted.'),
  }),
  run: async (input, ctx) => {
    const tries = await tryOften(ctx, input);
    const good = tries.filter(({ problem }) => problem === null).length;
    const certificate = input.certificate ? await readCertificate(ctx, toUrl(input.url)) : null;
    return {
      available: good / tries.length >= input.min_success_rate,
      success_rate: good / tries.length,
      tries: tries.map(({ status, latencyMs, problem }) => ({ status, latency_ms: latencyMs, problem })),
      latency_ms: summarize(tries.filter(({ status }) => status !== null).map(({ latencyMs }) => latencyMs)),
      certificate,
    };
  },
});

const tryOften = async (ctx: PluginContext, input: z.infer<typeof checkInput>): Promise<readonly Probed[]> => {
  const tries: Probed[] = [];
  while (tries.length < input.tries) {
    if (tries.length > 0) await ctx.clock.sleep(input.interval_ms);
    tries.push(await probe(ctx, input));
    ctx.progress(tries.length / input.tries);
  }
  return tries;
};

const summarize = (latenciesMs: readonly number[]) => {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const quantile = (fraction: number): number => sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? 0;
  return sorted.length === 0
    ? null
    : { min: quantile(0), median: quantile(0.5), p95: quantile(0.95), max: quantile(1) };
};
