import { exchange, readRetryAfter, readText, toHeaders, toUrl } from '@ia-modules/http-client';
import { defineStep, type Json, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { createExpectation, expectationInput, meets } from './expectation.ts';
import { addressFields } from './probe-fields.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const HOUR_MS = 3_600_000;
/** More tries will not help against these. */
const HOPELESS: ReadonlySet<number> = new Set([400, 401, 403, 405, 410]);

const waitInput = z.strictObject({
  ...addressFields,
  until: expectationInput.describe(
    'What must hold of the body, read as JSON, of an answer with a status of 200 to 299.',
  ),
  fail_when: expectationInput.optional().describe('What of the body means that it will never hold.'),
  interval_ms: z.int().min(10).max(HOUR_MS).default(2_000).describe('Before the second try.'),
  backoff: z.number().min(1).max(10).default(1.5).describe('By which the interval grows each time.'),
  max_interval_ms: z.int().min(10).max(HOUR_MS).default(60_000).describe('The longest interval.'),
  deadline_ms: z.int().min(1).max(HOUR_MS).default(600_000).describe('After which the step fails with a TimeoutError.'),
  timeout_ms: z.int().min(1).max(120_000).default(15_000).describe('Of one try.'),
});
type Wait = z.infer<typeof waitInput>;

export const apiWaitUntil = defineStep({
  name: 'wait_until',
  title: 'Wait for an API',
  description: 'Asks an address again and again until what it answers as JSON is as described.',
  input: waitInput,
  output: z.object({
    body: z.custom<Json>().describe('Of the last answer.'),
    tries: z.int().describe('How often it asked.'),
    waited_ms: z.int().describe('Since the first try.'),
  }),
  run: async (input, ctx) => {
    const judge = createJudge(input);
    const startedAt = ctx.clock.now();
    const elapsedMs = (): number => ctx.clock.now() - startedAt;
    for (let tries = 1; ; tries++) {
      const answer = await ask(ctx, input);
      const body = judge(answer);
      if (body !== undefined) return { body, tries, waited_ms: Math.round(elapsedMs()) };
      const pauseMs = Math.max(pauseAfter(input, tries), answer.retryAfterMs ?? 0);
      if (elapsedMs() + pauseMs > input.deadline_ms) throw tooLate(input, { tries, status: answer.status });
      ctx.progress(elapsedMs() / input.deadline_ms, `try ${tries}: ${answer.status ?? 'no answer'}`);
      await ctx.clock.sleep(pauseMs);
    }
  },
});

type Answer = { readonly status: number | null; readonly text: string; readonly retryAfterMs?: number | undefined };

const ask = async (ctx: PluginContext, input: Wait): Promise<Answer> => {
  const outgoing = {
    method: 'GET',
    url: toUrl(input.url),
    headers: toHeaders(input.headers),
    timeoutMs: input.timeout_ms,
  };
  try {
    return await exchange(ctx, outgoing, async (response) => ({
      status: response.status,
      text: await readText(response, MAX_BYTES),
      retryAfterMs: readRetryAfter(response.headers, ctx.clock.now()),
    }));
  } catch (error) {
    if (!(error instanceof PluginError) || error.name !== 'NetworkError') throw error;
    ctx.logger.info(error.message);
    return { status: null, text: '' };
  }
};

/** Gives the body that was waited for, undefined when it is to be asked for again. */
const createJudge = (input: Wait): ((answer: Answer) => Json | undefined) => {
  const isReached = createExpectation(input.until);
  const isLost = input.fail_when === undefined ? undefined : createExpectation(input.fail_when);
  return ({ status, text }) => {
    if (status !== null && HOPELESS.has(status)) throw given(input, `answers ${status}`, { status });
    if (status === null || status < 200 || status > 299) return undefined;
    if (isLost !== undefined && meets(text, isLost)) throw given(input, 'says that it will not come', { status });
    return meets(text, isReached) ? (JSON.parse(text || 'null') as Json) : undefined;
  };
};

const pauseAfter = ({ interval_ms, backoff, max_interval_ms }: Wait, tries: number): number =>
  Math.min(interval_ms * backoff ** (tries - 1), max_interval_ms);

const given = ({ url }: Wait, what: string, details: { readonly status: number }): PluginError =>
  new PluginError({ name: 'GivenUpError', message: `What was waited for: ${new URL(url).host} ${what}.`, details });

const tooLate = (input: Wait, details: { readonly tries: number; readonly status: number | null }): PluginError =>
  new PluginError({
    name: 'TimeoutError',
    retryable: true,
    message: `${new URL(input.url).host} did not get there within ${input.deadline_ms} ms.`,
    hint: 'Raise "deadline_ms", or look at what it answers.',
    details,
  });
