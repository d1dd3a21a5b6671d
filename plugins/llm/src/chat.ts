import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const MAX_TEXT_CHARS = 2_000_000;

const content = z.union([z.string().max(MAX_TEXT_CHARS), z.array(z.custom<JsonObject>()).min(1).max(100)]);

export const toolCall = z.strictObject({
  id: z.string().describe('Names the call, for its result.'),
  name: z.string().describe('Of the tool.'),
  arguments: z.custom<Json>().describe('What the model passes to it.'),
});
export type ToolCall = z.infer<typeof toolCall>;

export const messageInput = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']).describe('Who speaks; `tool` is the result of a call.'),
  content: content.describe('A text, or parts as the server has them, such as images.'),
  tool_calls: z.array(toolCall).max(100).optional().describe('Calls that the assistant made.'),
  tool_call_id: z.string().optional().describe('Of a tool: which call this is the result of.'),
});
export type Message = z.infer<typeof messageInput>;

export const toolInput = z.strictObject({
  name: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/)
    .describe('What the model calls it.'),
  description: z.string().max(10_000).default('').describe('When to use it.'),
  input_schema: z.custom<JsonObject>().describe('JSON Schema of its arguments.'),
});

export const toolChoiceInput = z
  .union([z.enum(['auto', 'none', 'required']), z.strictObject({ name: z.string().describe('Of the tool to call.') })])
  .default('auto')
  .describe('Whether the model calls tools: as it likes, never, at least one, or this one.');

/** What a model is asked, whatever the provider. */
export type Chat = {
  readonly messages: readonly Message[];
  readonly tools: readonly z.infer<typeof toolInput>[];
  readonly toolChoice: z.infer<typeof toolChoiceInput>;
  /** Asks for JSON of this form. */
  readonly schema?: { readonly name: string; readonly schema: JsonObject } | undefined;
  readonly stop: readonly string[];
};

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other';

export type Tokens = {
  /** All that were read. */
  readonly input: number;
  readonly output: number;
  /** Of those read, what came from a cache and what went into it. */
  readonly cached: number;
  readonly cacheWritten: number;
};

export type Answer = {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  readonly model: string;
};
