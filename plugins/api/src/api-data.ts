import { askJson, type QueryValue, toHeaders, toUrl } from '@ia-modules/http-client';
import { defineCondition, PluginError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { createExpectation, expectationFields } from './expectation.ts';
import { addressFields } from './probe-fields.ts';

const MAX_BYTES = 4 * 1024 * 1024;

const queryValue: z.ZodType<QueryValue> = z.union([z.string(), z.number(), z.boolean()]);

export const apiData = defineCondition({
  name: 'data',
  title: 'API data',
  description: 'Holds when what an API answers as JSON compares as described.',
  config: z.strictObject({
    ...addressFields,
    query: z.record(z.string(), queryValue).default({}).describe('Appended to the URL.'),
    ...expectationFields,
    timeout_ms: z.int().min(1).max(120_000).default(15_000).describe('How long the answer may take.'),
    if_unavailable: z
      .enum(['fail', 'false'])
      .default('fail')
      .describe('When no good answer comes: `fail` the step that asks, or do not hold (`false`).'),
  }),
  evaluate: async ({ config }, ctx) => {
    const isExpected = createExpectation(config);
    const url = toUrl(config.url, config.query);
    const headers = toHeaders(config.headers);
    try {
      return isExpected(await askJson(ctx, { url, headers, timeoutMs: config.timeout_ms, maxBytes: MAX_BYTES }));
    } catch (error) {
      if (config.if_unavailable === 'fail' || !isUnavailable(error)) throw error;
      ctx.logger.warn(error.message);
      return false;
    }
  },
});

const UNAVAILABLE: ReadonlySet<string> = new Set(['NetworkError', 'HttpStatusError', 'HttpBodyError']);

const isUnavailable = (error: unknown): error is PluginError =>
  error instanceof PluginError && UNAVAILABLE.has(error.name);
