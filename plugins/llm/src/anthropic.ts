import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import type { Chat, FinishReason, Message, Tokens, ToolCall } from './chat.ts';
import { type AnswerReader, type Dialect, parseArguments, parseData } from './dialect.ts';
import { streamError, unreadableEvent } from './llm-errors.ts';
import type { ModelInput } from './model-fields.ts';

const VERSION = '2023-06-01';

/** Messages. JSON of a form is asked for as the arguments of a tool. https://docs.anthropic.com/en/api/messages-streaming */
export const anthropic: Dialect = {
  baseUrl: 'https://api.anthropic.com/v1',
  keySecret: 'ANTHROPIC_API_KEY',
  path: 'messages',
  headers: (apiKey) => ({ 'anthropic-version': VERSION, ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }) }),
  body: (input, chat) => {
    const system = chat.messages.filter(({ role }) => role === 'system').map(systemText);
    return {
      model: input.model,
      max_tokens: input.max_tokens,
      messages: chat.messages.filter(({ role }) => role !== 'system').map(messageOf),
      stream: true,
      ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
      ...(input.temperature === undefined ? {} : { temperature: Math.min(input.temperature, 1) }),
      ...(chat.stop.length === 0 ? {} : { stop_sequences: chat.stop }),
      ...toolsOf(chat),
    };
  },
  createReader: (input) => createReader(input),
};

const systemText = ({ content }: Message): string =>
  typeof content === 'string' ? content : content.map(({ text }) => (typeof text === 'string' ? text : '')).join('\n');

const messageOf = ({ role, content, tool_calls, tool_call_id }: Message): JsonObject => {
  if (role === 'tool') {
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: tool_call_id ?? '', content }] };
  }
  if (tool_calls === undefined) return { role, content };
  const uses = tool_calls.map(({ id, name, arguments: input }) => ({ type: 'tool_use', id, name, input }));
  const said: readonly Json[] =
    typeof content === 'string' ? (content === '' ? [] : [{ type: 'text', text: content }]) : content;
  return { role, content: [...said, ...uses] };
};

const CHOICES = { auto: { type: 'auto' }, none: { type: 'none' }, required: { type: 'any' } } as const;

const toolsOf = ({ tools, toolChoice, schema }: Chat): JsonObject => {
  if (schema !== undefined) {
    const tool = { name: schema.name, description: 'Takes the answer.', input_schema: schema.schema };
    return { tools: [tool], tool_choice: { type: 'tool', name: schema.name } };
  }
  if (tools.length === 0) return {};
  const choice = typeof toolChoice === 'string' ? CHOICES[toolChoice] : { type: 'tool', name: toolChoice.name };
  return { tools, tool_choice: choice };
};

const count = z.int().min(0).nullish();
const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
});
const event = z.looseObject({
  type: z.string(),
  index: z.int().min(0).max(1_000).optional(),
  message: z.object({ model: z.string(), usage: usage.optional() }).optional(),
  content_block: z.looseObject({ type: z.string(), id: z.string().optional(), name: z.string().optional() }).optional(),
  delta: z
    .looseObject({
      text: z.string().optional(),
      partial_json: z.string().optional(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
  usage: usage.optional(),
  error: z.object({ type: z.string(), message: z.string() }).optional(),
});
type Event = z.infer<typeof event>;
type CallParts = { readonly id: string; readonly name: string; text: string };

const FINISH: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

const createReader = ({ model: asked }: ModelInput): AnswerReader => {
  const parts: string[] = [];
  const calls = new Map<number, CallParts>();
  const counted: Record<string, number> = {};
  let finish: FinishReason | undefined;
  let isComplete = false;
  let model = asked;
  return {
    take: ({ data }) => {
      const { type, index = 0, message, content_block: block, delta, usage: told } = readEvent(data);
      model = message?.model ?? model;
      Object.assign(counted, definedOf(message?.usage), definedOf(told));
      if (type === 'message_stop') isComplete = true;
      if (block?.type === 'tool_use') calls.set(index, { id: block.id ?? '', name: block.name ?? '', text: '' });
      if (delta?.stop_reason) finish = FINISH[delta.stop_reason] ?? 'other';
      const call = calls.get(index);
      if (call !== undefined) call.text += delta?.partial_json ?? '';
      const added = delta?.text ?? '';
      parts.push(added);
      return added;
    },
    tokens: () => tokensOf(counted),
    answer: () => {
      if (!isComplete || finish === undefined) return undefined;
      return { text: parts.join(''), toolCalls: [...calls.values()].map(toToolCall), finishReason: finish, model };
    },
  };
};

const readEvent = (data: string): Event => {
  const parsed = event.safeParse(parseData(data));
  if (!parsed.success) throw unreadableEvent(parsed.error);
  const { error } = parsed.data;
  if (error !== undefined) throw streamError(error.type, error.message);
  return parsed.data;
};

const definedOf = (told: z.infer<typeof usage> | undefined): Record<string, number> =>
  Object.fromEntries(
    Object.entries(told ?? {}).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
  );

/** What comes from a cache, or goes into it, is not among the input tokens here. */
const tokensOf = (counted: Readonly<Record<string, number>>): Tokens | undefined => {
  if (counted['input_tokens'] === undefined && counted['output_tokens'] === undefined) return undefined;
  const cached = counted['cache_read_input_tokens'] ?? 0;
  const cacheWritten = counted['cache_creation_input_tokens'] ?? 0;
  const input = (counted['input_tokens'] ?? 0) + cached + cacheWritten;
  return { input, output: counted['output_tokens'] ?? 0, cached, cacheWritten };
};

const toToolCall = ({ id, name, text }: CallParts): ToolCall => ({ id, name, arguments: parseArguments(text) });
