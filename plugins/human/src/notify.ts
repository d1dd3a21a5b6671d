import {
  defineHook,
  type HookEvent,
  type JsonObject,
  networkError,
  PluginError,
  type PluginContext,
} from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const MAX_TEXT_CHARS = 4_000;
const RETRYABLE: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

const config = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .describe('Where the message is posted as JSON; usually a secret: `{{ secrets.CHAT_URL }}`.'),
  pipeline: z.string().max(200).default('').describe('What people call the pipeline: `{{ run.pipeline }}`.'),
  link: z.string().max(2_000).default('').describe('Where to decide, added to the text.'),
  body: z
    .enum(['text', 'event'])
    .default('text')
    .describe('`text` posts `{"text": …}`, as chats take it; `event` adds what the event says.'),
  timeout_ms: z.int().min(100).max(25_000).default(10_000).describe('How long the other side may take.'),
});
type NotifyConfig = z.output<typeof config>;

export const notify = defineHook({
  name: 'notify',
  title: 'Tell people',
  description: 'Posts to a webhook that people are asked for a decision, or that one was made.',
  config,
  handle: async ({ event, config: settings }, ctx) => {
    const text = textFor(event, settings, ctx.task.runId);
    const body = settings.body === 'text' ? { text } : { text, event, run_id: ctx.task.runId };
    await post(JSON.stringify(body), settings, ctx);
  },
});

type Request = {
  readonly title?: unknown;
  readonly assignees?: unknown;
  readonly deadline?: unknown;
  readonly quorum?: unknown;
};

const textFor = ({ type, stepId, data }: HookEvent, { pipeline, link }: NotifyConfig, runId: string): string => {
  const request: Request =
    typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as JsonObject) : {};
  const place = `${pipeline === '' ? 'run' : `${pipeline}, run`} ${runId}${stepId === undefined ? '' : `, step ${stepId}`}`;
  const asked = Array.isArray(request.assignees) ? request.assignees.map(String).join(', ') : 'whoever may approve';
  const lines =
    type === 'approval_requested'
      ? [
          `${typeof request.title === 'string' ? request.title : 'A decision is needed'} (${place})`,
          `Asked: ${asked}${typeof request.quorum === 'number' ? `, ${request.quorum} of them` : ''}`,
          ...(typeof request.deadline === 'string' ? [`Until: ${request.deadline}`] : []),
        ]
      : [`${type.replaceAll('_', ' ')} (${place})`];
  return [...lines, ...(link === '' ? [] : [link])].join('\n').slice(0, MAX_TEXT_CHARS);
};

/** The URL may hold a secret: errors name its host alone. */
const post = async (body: string, { url, timeout_ms: timeoutMs }: NotifyConfig, ctx: PluginContext): Promise<void> => {
  const { host } = new URL(url);
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await ctx.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': ctx.idempotencyKey },
      body,
      signal: AbortSignal.any([ctx.signal, timeout]),
    });
    await response.body?.cancel();
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    if (timeout.aborted) throw networkError(`${host} did not answer within ${timeoutMs} ms.`);
    throw error instanceof PluginError ? error : networkError(`The request to ${host} failed.`);
  }
  if (response.ok) return;
  throw new PluginError({
    name: 'HttpStatusError',
    message: `${host} answered ${response.status}.`,
    retryable: RETRYABLE.has(response.status),
    details: { status: response.status },
  });
};
