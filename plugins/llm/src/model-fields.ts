import { z } from 'zod';

const price = z.number().min(0).max(100_000);

/** Which model answers, where it is, and what it costs. */
export const modelFields = {
  provider: z
    .enum(['openai', 'anthropic'])
    .default('openai')
    .describe('How the server speaks: Chat Completions or Messages.'),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where the server is. Default: https://api.openai.com/v1 or https://api.anthropic.com/v1.'),
  api_key: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Write it as {{ secrets.NAME }}. Left out, the provider itself gets the secret OPENAI_API_KEY or ANTHROPIC_API_KEY.',
    ),
  model: z.string().min(1).max(200).describe('Name of the model, as the server has it.'),
  temperature: z.number().min(0).max(2).optional().describe('How varied the answers are. Default: the model’s own.'),
  max_tokens: z.int().min(1).max(200_000).default(1_024).describe('Most tokens of the answer.'),
  timeout_ms: z
    .int()
    .min(1)
    .max(3_600_000)
    .default(120_000)
    .describe('Of one request, from connecting to the last token.'),
  idle_timeout_ms: z.int().min(1).max(600_000).default(60_000).describe('Longest silence of the server.'),
  max_attempts: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe('Requests, where the server is too busy to begin: 429, 503, 529.'),
  prices: z
    .strictObject({
      input_per_million: price.describe('US dollars for a million tokens that are read.'),
      output_per_million: price.describe('US dollars for a million tokens that are written.'),
      cached_input_per_million: price.optional().describe('For those read from a cache. Default: as others.'),
    })
    .optional()
    .describe('What tokens cost. Left out, a table of known models is used; a model that is not in it counts as free.'),
} as const;
export type ModelInput = Readonly<z.infer<z.ZodObject<typeof modelFields>>>;

export const usageOutput = z.object({
  input_tokens: z.int().describe('Read, those from a cache included.'),
  output_tokens: z.int().describe('Written.'),
  cached_input_tokens: z.int().describe('Read from a cache.'),
});

/** What every step tells of the model’s work. */
export const workOutput = {
  model: z.string().describe('As the server named it.'),
  usage: usageOutput.describe('Tokens of all requests.'),
  cost_usd: z.number().describe('Of these tokens.'),
} as const;
