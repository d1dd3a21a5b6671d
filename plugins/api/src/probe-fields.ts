import { z } from 'zod';
import { expectationInput } from './expectation.ts';

const status = z.int().min(100).max(599);

export const addressFields = {
  url: z.url({ protocol: /^https?$/ }).describe('Address to ask.'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe('Headers to send; write credentials as {{ secrets.NAME }}.'),
} as const;

/** What makes an answer a good one. */
export const probeFields = {
  ...addressFields,
  method: z.enum(['GET', 'HEAD']).default('GET').describe('Of the request.'),
  expect_status: z
    .union([status, z.array(status).min(1).max(50)])
    .optional()
    .describe('Statuses that are good. Left out, 200 to 299.'),
  timeout_ms: z.int().min(1).max(120_000).default(5_000).describe('How long an answer may take, body included.'),
  max_latency_ms: z.int().min(1).max(120_000).optional().describe('How long a good answer may take.'),
  body_contains: z.string().min(1).max(10_000).optional().describe('Text that the body must have in it.'),
  body_json: expectationInput.optional().describe('What must hold of the body, read as JSON.'),
} as const;
export type ProbeInput = Readonly<z.infer<z.ZodObject<typeof probeFields>>>;
