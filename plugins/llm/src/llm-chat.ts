import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { type Chat, type Message, messageInput, toolCall, toolChoiceInput, toolInput } from './chat.ts';
import { complete } from './complete.ts';
import { modelFields, workOutput } from './model-fields.ts';
import { completeStructured, schemaInput } from './structured.ts';
import { workOf } from './work-of.ts';

const MAX_TEXT_CHARS = 2_000_000;

const chatInput = z.strictObject({
  ...modelFields,
  system: z.string().max(MAX_TEXT_CHARS).optional().describe('What the model is told before all else.'),
  prompt: z
    .string()
    .min(1)
    .max(MAX_TEXT_CHARS)
    .optional()
    .describe('What it is asked; instead of messages, or after them.'),
  messages: z.array(messageInput).max(1_000).default([]).describe('The conversation so far.'),
  tools: z.array(toolInput).max(100).default([]).describe('What the model may call; the pipeline answers the calls.'),
  tool_choice: toolChoiceInput,
  response_format: schemaInput.optional().describe('Asks for JSON that fits a schema, and checks it.'),
  stop: z.array(z.string().min(1)).max(4).default([]).describe('Texts that end the answer.'),
});
type ChatInput = z.infer<typeof chatInput>;

export const llmChat = defineStep({
  name: 'chat',
  title: 'Ask a model',
  description:
    'Asks a language model and returns its answer, what it used and what that cost. The answer shows as progress.',
  input: chatInput,
  output: z.object({
    text: z.string().describe('The answer.'),
    json: z.custom<Json>().describe('The answer read as JSON; null without response_format.'),
    tool_calls: z.array(toolCall).describe('What the model wants to have called.'),
    finish_reason: z
      .enum(['stop', 'length', 'tool_calls', 'content_filter', 'other'])
      .describe('Why it ended. `length`: max_tokens was reached.'),
    ...workOutput,
  }),
  run: async (input, ctx) => {
    const chat = chatOf(input);
    const { schema } = chat;
    const completion =
      schema === undefined
        ? { ...(await complete(ctx, input, chat)), json: null }
        : await completeStructured(ctx, input, { ...chat, schema });
    const { text, toolCalls, finishReason, json } = completion;
    return {
      text: schema === undefined ? text : JSON.stringify(json),
      json,
      tool_calls: schema === undefined ? [...toolCalls] : [],
      finish_reason: finishReason,
      ...workOf(completion),
    };
  },
});

const chatOf = ({ system, prompt, messages, tools, tool_choice, response_format, stop }: ChatInput): Chat => {
  if (prompt === undefined && messages.length === 0)
    throw refusedInput('Nothing is asked.', 'Give "prompt" or "messages".');
  if (tools.length > 0 && response_format !== undefined) {
    throw refusedInput('"tools" and "response_format" do not go together.', 'Ask for the JSON in a step of its own.');
  }
  const before: readonly Message[] = system === undefined ? [] : [{ role: 'system', content: system }];
  const after: readonly Message[] = prompt === undefined ? [] : [{ role: 'user', content: prompt }];
  return {
    messages: [...before, ...messages, ...after],
    tools,
    toolChoice: tool_choice,
    schema: response_format,
    stop,
  };
};
