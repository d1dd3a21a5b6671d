import { refusedInput } from '@ia-modules/bounded-work';
import { askJson, toHeaders, toUrl, withRetries } from '@ia-modules/http-client';
import type { PluginContext } from '@ia-modules/plugin-sdk';
import { type ModelInput, OPENAI_URL } from './model-fields.ts';
import { priceOf } from './prices.ts';
import { readVectors } from './read-vectors.ts';

const MAX_BYTES = 128 * 1024 * 1024;
const MAX_NUMBERS = 4_000_000;
const RETRY = { delayMs: 500, maxDelayMs: 60_000 };
const MILLION = 1_000_000;

export type Embedded = {
  readonly vectors: readonly (readonly number[])[];
  readonly model: string;
  readonly tokens: number;
  readonly costUsd: number;
};

/** Makes embeddings batch by batch and tells the run what that costs. */
export const embed = async (ctx: PluginContext, input: ModelInput, texts: readonly string[]): Promise<Embedded> => {
  const vectors: (readonly number[])[] = [];
  let tokens = 0;
  let costUsd = 0;
  let { model } = input;
  while (vectors.length < texts.length) {
    const batch = texts.slice(vectors.length, vectors.length + input.batch_size);
    const answer = await askForBatch(ctx, input, batch);
    const width = vectors[0]?.length ?? answer.vectors[0]?.length ?? 0;
    checkWidth([...vectors.slice(0, 1), ...answer.vectors], input.dimensions);
    if (width * texts.length > MAX_NUMBERS)
      throw refusedInput(`The embeddings would have more than ${MAX_NUMBERS} numbers.`);
    vectors.push(...answer.vectors);
    tokens += answer.tokens;
    costUsd += charge(ctx, input, answer.tokens);
    model = answer.model;
    ctx.progress(vectors.length / texts.length, `${vectors.length} of ${texts.length} texts`);
  }
  if (priceOf(input) === undefined) {
    ctx.logger.warn(`No price is known for ${input.model}; its tokens count as free. Give "price_per_million".`);
  }
  return { vectors, model, tokens, costUsd };
};

const askForBatch = (ctx: PluginContext, input: ModelInput, texts: readonly string[]) => {
  const url = toUrl(`${input.base_url.replace(/\/$/, '')}/embeddings`);
  const apiKey = input.api_key ?? (input.base_url === OPENAI_URL ? ctx.secrets['OPENAI_API_KEY'] : undefined);
  const headers = toHeaders(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` });
  const body = {
    model: input.model,
    input: texts,
    encoding_format: input.encoding,
    ...(input.dimensions === undefined ? {} : { dimensions: input.dimensions }),
  };
  const question = { url, headers, body, timeoutMs: input.timeout_ms, maxBytes: MAX_BYTES, hasNoEffect: true };
  const isRetryable = ({ retryable }: { readonly retryable: boolean }): boolean => retryable;
  return withRetries(ctx, { ...RETRY, maxAttempts: input.max_attempts, isRetryable }, async () =>
    readVectors(await askJson(ctx, question), { count: texts.length, host: url.host }),
  );
};

const checkWidth = (vectors: readonly (readonly number[])[], wanted: number | undefined): void => {
  const width = wanted ?? vectors[0]?.length;
  const other = vectors.find((vector) => vector.length !== width);
  if (other === undefined) return;
  throw refusedInput(
    `An embedding has ${other.length} dimensions instead of ${width}.`,
    'Not every model can have other dimensions than its own: leave "dimensions" out.',
  );
};

const charge = (ctx: PluginContext, input: ModelInput, tokens: number): number => {
  ctx.metrics.count('embedding_tokens', tokens, { model: input.model });
  const costUsd = (tokens * (priceOf(input) ?? 0)) / MILLION;
  ctx.cost(costUsd);
  return costUsd;
};
