import type { ModelInput } from './model-fields.ts';

/** US dollars for a million tokens, as OpenAI listed them at the end of 2025; README.md says so too. */
const LISTED: Readonly<Record<string, number>> = {
  'text-embedding-3-small': 0.02,
  'text-embedding-3-large': 0.13,
  'text-embedding-ada-002': 0.1,
};

/** Undefined for a model that nobody has given a price. */
export const priceOf = ({ price_per_million: given, model }: ModelInput): number | undefined => given ?? LISTED[model];
