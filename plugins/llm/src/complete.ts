import { exchange, readText, setHeader, statusError, toHeaders, toUrl, withRetries } from '@ia-modules/http-client';
import { PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { anthropic } from './anthropic.ts';
import type { Answer, Chat, Tokens } from './chat.ts';
import type { AnswerReader, Dialect } from './dialect.ts';
import { endedEarly, unreadableEvent } from './llm-errors.ts';
import type { ModelInput } from './model-fields.ts';
import { openai } from './openai.ts';
import { costOf, pricesOf } from './prices.ts';
import { readEvents } from './read-events.ts';

const DIALECTS: Readonly<Record<ModelInput['provider'], Dialect>> = { openai, anthropic };
const MAX_REFUSAL_BYTES = 1024 * 1024;
const RETRY = { delayMs: 1_000, maxDelayMs: 60_000 };
const BUSY: ReadonlySet<unknown> = new Set([429, 503, 529]);
const PROGRESS_EVERY_MS = 100;
const SHOWN_CHARS = 200;
const CHARS_PER_TOKEN = 4;

export type Completion = Answer & { readonly tokens: Tokens; readonly costUsd: number };

/**
 * Asks a model once and tells the run what that cost, also when the answer breaks off. While the answer comes in, its end shows
 * as progress.
 */
export const complete = (ctx: PluginContext, input: ModelInput, chat: Chat): Promise<Completion> => {
  const isRetryable = ({ details }: PluginError): boolean => BUSY.has(details?.['status']);
  const policy = { ...RETRY, maxAttempts: input.max_attempts, isRetryable };
  return withRetries(ctx, policy, (number) => ask(ctx, { input, chat, number }));
};

type Asking = { readonly input: ModelInput; readonly chat: Chat; readonly number: number };

const ask = async (ctx: PluginContext, { input, chat, number }: Asking): Promise<Completion> => {
  const dialect = DIALECTS[input.provider];
  const apiKey = keyOf(ctx, input, dialect);
  const url = toUrl(`${(input.base_url ?? dialect.baseUrl).replace(/\/$/, '')}/${dialect.path}`);
  const headers = toHeaders({ 'content-type': 'application/json', accept: 'text/event-stream' });
  for (const [name, value] of Object.entries(dialect.headers(apiKey))) setHeader(headers, name, value);
  const outgoing = {
    method: 'POST',
    url,
    headers,
    body: JSON.stringify(dialect.body(input, chat)),
    redirect: 'manual',
    timeoutMs: input.timeout_ms,
    hasNoEffect: true,
  } as const;
  ctx.logger.debug(`Asks ${input.model}, request ${number}`);
  return await exchange(ctx, outgoing, async (response) => {
    if (!response.ok) throw await refusalOf(ctx, { apiKey, url, response });
    return await readCompletion(ctx, { input, reader: dialect.createReader(input), response });
  });
};

/** A server of one's own never gets the key of the provider. */
const keyOf = (
  ctx: PluginContext,
  { api_key: given, base_url }: ModelInput,
  { keySecret }: Dialect,
): string | undefined => given ?? (base_url === undefined ? ctx.secrets[keySecret] : undefined);

type Refused = { readonly apiKey: string | undefined; readonly url: URL; readonly response: Response };

/** Servers may repeat the key that they did not like. */
const refusalOf = async (ctx: PluginContext, { apiKey, url, response }: Refused): Promise<PluginError> => {
  const text = await readText(response, MAX_REFUSAL_BYTES);
  const body = apiKey === undefined ? text : text.replaceAll(apiKey, '***');
  return statusError({ method: 'POST', url, response, body, now: ctx.clock.now() });
};

type Reading = { readonly input: ModelInput; readonly reader: AnswerReader; readonly response: Response };

const readCompletion = async (ctx: PluginContext, { input, reader, response }: Reading): Promise<Completion> => {
  const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
  if (!isStream || response.body === null) throw unreadableEvent();
  const show = createProgress(ctx, input);
  let costUsd = 0;
  try {
    for await (const event of readEvents(response.body, input.idle_timeout_ms)) show(reader.take(event));
  } finally {
    costUsd = charge(ctx, input, reader.tokens());
  }
  const answer = reader.answer();
  if (answer === undefined) throw endedEarly();
  return { ...answer, costUsd, tokens: reader.tokens() ?? { input: 0, output: 0, cached: 0, cacheWritten: 0 } };
};

const createProgress = (ctx: PluginContext, { max_tokens: maxTokens }: ModelInput): ((added: string) => void) => {
  let chars = 0;
  let end = '';
  let shownAt = -Infinity;
  return (added) => {
    if (added === '') return;
    chars += added.length;
    end = (end + added).slice(-SHOWN_CHARS);
    if (ctx.clock.now() - shownAt < PROGRESS_EVERY_MS) return;
    shownAt = ctx.clock.now();
    ctx.progress(Math.min(chars / CHARS_PER_TOKEN / maxTokens, 0.99), end);
  };
};

const charge = (ctx: PluginContext, input: ModelInput, tokens: Tokens | undefined): number => {
  if (tokens === undefined) {
    ctx.logger.warn(`The model server did not say how many tokens ${input.model} used; they count as free.`);
    return 0;
  }
  ctx.metrics.count('llm_input_tokens', tokens.input, { model: input.model });
  ctx.metrics.count('llm_output_tokens', tokens.output, { model: input.model });
  const prices = pricesOf(input);
  if (prices === undefined) {
    ctx.logger.warn(`No price is known for ${input.model}; its tokens count as free. Give "prices".`);
    return 0;
  }
  const costUsd = costOf(tokens, prices);
  ctx.cost(costUsd);
  return costUsd;
};
