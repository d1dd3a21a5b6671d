import { z } from 'zod';

/** The only server that gets the tenant's secret OPENAI_API_KEY by itself. */
export const OPENAI_URL = 'https://api.openai.com/v1';

/** Which model makes the embeddings, where it is, and what it costs. */
export const modelFields = {
  base_url: z
    .url({ protocol: /^https?$/ })
    .default(OPENAI_URL)
    .describe('Server that speaks as OpenAI does.'),
  api_key: z
    .string()
    .min(1)
    .optional()
    .describe('Write it as {{ secrets.NAME }}. Left out, OpenAI itself gets the secret OPENAI_API_KEY.'),
  model: z.string().min(1).max(200).describe('Name of the model, as the server has it.'),
  dimensions: z
    .int()
    .min(1)
    .max(16_384)
    .optional()
    .describe('How many numbers each embedding has; asked for, and checked. Default: the model’s own.'),
  encoding: z
    .enum(['float', 'base64'])
    .default('float')
    .describe('How the numbers travel; base64 is shorter, and not every server knows it.'),
  batch_size: z.int().min(1).max(2_048).default(100).describe('Texts of one request.'),
  timeout_ms: z.int().min(1).max(600_000).default(60_000).describe('Of each request.'),
  max_attempts: z.int().min(1).max(10).default(3).describe('Tries of each request, where trying again can help.'),
  price_per_million: z
    .number()
    .min(0)
    .max(100_000)
    .optional()
    .describe(
      'US dollars for a million tokens. Left out, a table of known models is used; another model counts as free.',
    ),
} as const;
export type ModelInput = Readonly<z.infer<z.ZodObject<typeof modelFields>>>;
