import type { Tokens } from './chat.ts';
import type { ModelInput } from './model-fields.ts';

/** US dollars for a million tokens. */
export type Prices = { readonly input: number; readonly output: number; readonly cached: number };

/** As the providers listed them at the end of 2025; README.md says so too. A name stands for its dated versions as well. */
const LISTED: Readonly<Record<string, Prices>> = {
  'gpt-5': { input: 1.25, cached: 0.125, output: 10 },
  'gpt-5-mini': { input: 0.25, cached: 0.025, output: 2 },
  'gpt-5-nano': { input: 0.05, cached: 0.005, output: 0.4 },
  'gpt-4.1': { input: 2, cached: 0.5, output: 8 },
  'gpt-4.1-mini': { input: 0.4, cached: 0.1, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, cached: 0.025, output: 0.4 },
  'gpt-4o': { input: 2.5, cached: 1.25, output: 10 },
  'gpt-4o-mini': { input: 0.15, cached: 0.075, output: 0.6 },
  'claude-opus-4-5': { input: 5, cached: 0.5, output: 25 },
  'claude-opus-4-1': { input: 15, cached: 1.5, output: 75 },
  'claude-sonnet-4-5': { input: 3, cached: 0.3, output: 15 },
  'claude-sonnet-4': { input: 3, cached: 0.3, output: 15 },
  'claude-haiku-4-5': { input: 1, cached: 0.1, output: 5 },
  'claude-3-5-haiku': { input: 0.8, cached: 0.08, output: 4 },
};

/** What goes into a cache costs a quarter more where it is counted apart. */
const CACHE_WRITE_FACTOR = 1.25;
const MILLION = 1_000_000;

/** Undefined for a model that nobody has given a price. */
export const pricesOf = ({ prices, model }: Pick<ModelInput, 'prices' | 'model'>): Prices | undefined => {
  if (prices !== undefined) {
    const { input_per_million: input, output_per_million: output, cached_input_per_million: cached = input } = prices;
    return { input, output, cached };
  }
  return LISTED[model.replace(/-(?:latest|\d{8}|\d{4}-\d{2}-\d{2})$/, '')];
};

export const costOf = (tokens: Tokens, prices: Prices): number => {
  const fresh = Math.max(0, tokens.input - tokens.cached - tokens.cacheWritten);
  const written = tokens.cacheWritten * CACHE_WRITE_FACTOR;
  return ((fresh + written) * prices.input + tokens.cached * prices.cached + tokens.output * prices.output) / MILLION;
};
