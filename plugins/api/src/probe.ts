import { exchange, readText, toHeaders, toUrl } from '@ia-modules/http-client';
import { PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { createExpectation, meets } from './expectation.ts';
import type { ProbeInput } from './probe-fields.ts';

const MAX_BYTES = 4 * 1024 * 1024;
/** These say that asking was wrong, not that nobody answered. */
const CALLER_CODES: ReadonlySet<string> = new Set(['IA_PLUGIN_INPUT', 'IA_PLUGIN_NET_DENIED']);

export type Probed = {
  /** Null when no answer came. */
  readonly status: number | null;
  readonly latencyMs: number;
  /** Why the answer is not good; null when it is. */
  readonly problem: string | null;
};

/** Asks once and judges the answer. It throws only for what no server is to blame for. */
export const probe = async (ctx: PluginContext, input: ProbeInput): Promise<Probed> => {
  const { method, timeout_ms: timeoutMs } = input;
  const url = toUrl(input.url);
  const headers = toHeaders(input.headers);
  const judge = createJudge(input);
  const startedAt = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startedAt);
  try {
    return await exchange(ctx, { method, url, headers, timeoutMs }, async (response) => {
      const text = await readText(response, MAX_BYTES);
      const latencyMs = elapsedMs();
      return { status: response.status, latencyMs, problem: judge({ response, text, latencyMs }) };
    });
  } catch (error) {
    if (!(error instanceof PluginError) || CALLER_CODES.has(error.code)) throw error;
    return { status: null, latencyMs: elapsedMs(), problem: error.message };
  }
};

type Answer = { readonly response: Response; readonly text: string; readonly latencyMs: number };

const createJudge = (input: ProbeInput): ((answer: Answer) => string | null) => {
  const { expect_status, max_latency_ms = Infinity, body_contains, body_json } = input;
  const wanted = expect_status === undefined ? null : [expect_status].flat();
  const isExpected = body_json === undefined ? undefined : createExpectation(body_json);
  return ({ response: { status, ok }, text, latencyMs }) => {
    if (wanted === null ? !ok : !wanted.includes(status)) return `The status is ${status}.`;
    if (latencyMs > max_latency_ms) return `The answer took ${latencyMs} ms.`;
    if (body_contains !== undefined && !text.includes(body_contains)) return 'The body lacks the expected text.';
    if (isExpected !== undefined && !meets(text, isExpected)) return 'The body is not as expected.';
    return null;
  };
};
