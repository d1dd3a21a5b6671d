import type { JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import type { Answer, Chat, FinishReason, Message, Tokens, ToolCall } from './chat.ts';
import { type AnswerReader, type Dialect, parseArguments, parseData } from './dialect.ts';
import { streamError, unreadableEvent } from './llm-errors.ts';
import type { ModelInput } from './model-fields.ts';

const BASE_URL = 'https://api.openai.com/v1';

/** Chat Completions. https://platform.openai.com/docs/api-reference/chat */
export const openai: Dialect = {
  baseUrl: BASE_URL,
  keySecret: 'OPENAI_API_KEY',
  path: 'chat/completions',
  headers: (apiKey) => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  body: (input, chat) => ({
    model: input.model,
    messages: chat.messages.map(messageOf),
    stream: true,
    stream_options: { include_usage: true },
    // Servers that speak alike know the older name alone.
    [input.base_url === undefined || input.base_url === BASE_URL ? 'max_completion_tokens' : 'max_tokens']:
      input.max_tokens,
    ...(input.temperature === undefined ? {} : { temperature: input.temperature }),
    ...(chat.stop.length === 0 ? {} : { stop: chat.stop }),
    ...toolsOf(chat),
    ...(chat.schema === undefined ? {} : { response_format: { type: 'json_schema', json_schema: chat.schema } }),
  }),
  createReader: (input) => createReader(input),
};

const messageOf = ({ role, content, tool_calls, tool_call_id }: Message): JsonObject => ({
  role,
  content,
  ...(tool_call_id === undefined ? {} : { tool_call_id }),
  ...(tool_calls === undefined
    ? {}
    : {
        tool_calls: tool_calls.map(({ id, name, arguments: passed }) => ({
          id,
          type: 'function',
          function: { name, arguments: JSON.stringify(passed) },
        })),
      }),
});

const toolsOf = ({ tools, toolChoice }: Chat): JsonObject => {
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, input_schema: parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    })),
    tool_choice:
      typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: { name: toolChoice.name } },
  };
};

const text = z.string().nullish();
const count = z.int().min(0).nullish();
const chunk = z.object({
  model: text,
  error: z.object({ message: z.string(), type: text, code: z.union([z.string(), z.number()]).nullish() }).nullish(),
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: text,
            refusal: text,
            tool_calls: z
              .array(
                z.object({
                  index: z.int().min(0).max(1_000),
                  id: text,
                  function: z.object({ name: text, arguments: text }).nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
        finish_reason: text,
      }),
    )
    .nullish(),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
    })
    .nullish(),
});
type Chunk = z.infer<typeof chunk>;
type CallParts = { id: string; name: string; text: string };

const FINISH: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
};

const createReader = ({ model: asked }: ModelInput): AnswerReader => {
  const parts: string[] = [];
  const calls = new Map<number, CallParts>();
  let finish: FinishReason | undefined;
  let tokens: Tokens | undefined;
  let model = asked;
  let wasRefused = false;
  return {
    take: ({ data }) => {
      if (data === '[DONE]') return '';
      const { choices, usage, model: named } = readChunk(data);
      model = named ?? model;
      if (usage) tokens = tokensOf(usage);
      const [choice] = choices ?? [];
      if (choice?.finish_reason) finish = FINISH[choice.finish_reason] ?? 'other';
      for (const call of choice?.delta?.tool_calls ?? []) addCall(calls, call);
      if (choice?.delta?.refusal) wasRefused = true;
      const added = (choice?.delta?.content ?? '') + (choice?.delta?.refusal ?? '');
      parts.push(added);
      return added;
    },
    tokens: () => tokens,
    answer: (): Answer | undefined => {
      if (finish === undefined) return undefined;
      const finishReason = wasRefused ? 'content_filter' : finish;
      return { text: parts.join(''), toolCalls: [...calls.values()].map(toToolCall), finishReason, model };
    },
  };
};

const readChunk = (data: string): Chunk => {
  const parsed = chunk.safeParse(parseData(data));
  if (!parsed.success) throw unreadableEvent(parsed.error);
  const { error } = parsed.data;
  if (error) throw streamError(`${error.type ?? ''} ${error.code ?? ''}`.trim(), error.message);
  return parsed.data;
};

const tokensOf = (usage: NonNullable<Chunk['usage']>): Tokens => ({
  input: usage.prompt_tokens ?? 0,
  output: usage.completion_tokens ?? 0,
  cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
  cacheWritten: 0,
});

type CallDelta = {
  readonly index: number;
  readonly id?: string | null | undefined;
  readonly function?:
    | { readonly name?: string | null | undefined; readonly arguments?: string | null | undefined }
    | null
    | undefined;
};

const addCall = (calls: Map<number, CallParts>, { index, id, function: part }: CallDelta): void => {
  const known = calls.get(index) ?? { id: '', name: '', text: '' };
  known.id += id ?? '';
  known.name += part?.name ?? '';
  known.text += part?.arguments ?? '';
  calls.set(index, known);
};

const toToolCall = ({ id, name, text: passed }: CallParts): ToolCall => ({
  id,
  name,
  arguments: parseArguments(passed),
});
