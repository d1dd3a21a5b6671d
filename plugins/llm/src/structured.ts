import { compileJsonSchema, type SchemaValidator } from '@ia-modules/engine';
import { refusedInput } from '@ia-modules/bounded-work';
import { type Json, type JsonObject, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import type { Chat, Message } from './chat.ts';
import { complete, type Completion } from './complete.ts';
import type { ModelInput } from './model-fields.ts';

export const schemaInput = z.strictObject({
  name: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/)
    .default('answer')
    .describe('What the form is called.'),
  schema: z.custom<JsonObject>().describe('JSON Schema (2020-12) of the answer; an object at its root.'),
});

const MAX_TOLD = 10;

export type Structured = Completion & { readonly json: Json; readonly wasRepaired: boolean };

/**
 * Asks for JSON of a form. An answer that does not fit is shown to the model with what is wrong, once.
 * @throws PluginError `LlmOutputError`, retryable, when the second one does not fit either
 */
export const completeStructured = async (
  ctx: PluginContext,
  input: ModelInput,
  chat: Chat & { readonly schema: NonNullable<Chat['schema']> },
): Promise<Structured> => {
  const validator = compile(chat.schema.schema);
  const first = await complete(ctx, input, chat);
  const read = readJson(first, validator);
  if (read.problems.length === 0) return { ...first, json: read.json, wasRepaired: false };
  ctx.logger.warn(`The answer does not fit its schema: ${read.problems.join('; ')}`);
  const repair = await complete(ctx, input, { ...chat, messages: [...chat.messages, ...complaint(read)] });
  const total = addUp(first, repair);
  const reread = readJson(repair, validator);
  if (reread.problems.length === 0) return { ...total, json: reread.json, wasRepaired: true };
  throw new PluginError({
    name: 'LlmOutputError',
    message: `The model’s answer does not fit its schema: ${reread.problems.join('; ')}`,
    retryable: true,
    hint:
      repair.finishReason === 'length'
        ? 'It was cut off: raise "max_tokens".'
        : 'Simplify the schema, or use a stronger model.',
  });
};

const compile = (schema: JsonObject): SchemaValidator => {
  try {
    return compileJsonSchema(schema);
  } catch (error) {
    throw refusedInput(`The schema of the answer is not valid: ${error instanceof Error ? error.message : ''}`);
  }
};

type ReadJson = { readonly text: string; readonly json: Json; readonly problems: readonly string[] };

/** One provider answers with the arguments of a tool, the other with text. */
const readJson = ({ toolCalls, text }: Completion, validator: SchemaValidator): ReadJson => {
  const [call] = toolCalls;
  const passed = call?.arguments ?? parseText(text);
  if (passed === undefined || typeof passed === 'string') return { text, json: null, problems: ['it is no JSON'] };
  const problems = validator
    .apply(passed)
    .slice(0, MAX_TOLD)
    .map(({ path, message }) => `${path.join('.') || 'the answer'} ${message}`);
  return { text: JSON.stringify(passed), json: passed, problems };
};

const parseText = (text: string): Json | undefined => {
  try {
    return JSON.parse(text.replace(/^\s*```(?:json)?\s*|\s*```\s*$/g, '')) as Json;
  } catch {
    return undefined;
  }
};

const complaint = ({ text, problems }: ReadJson): readonly Message[] => [
  { role: 'assistant', content: text === '' ? '(nothing)' : text },
  {
    role: 'user',
    content: `Your answer does not fit the schema: ${problems.join('; ')}. Answer again with JSON that fits, and nothing else.`,
  },
];

const addUp = (first: Completion, second: Completion): Completion => ({
  ...second,
  costUsd: first.costUsd + second.costUsd,
  tokens: {
    input: first.tokens.input + second.tokens.input,
    output: first.tokens.output + second.tokens.output,
    cached: first.tokens.cached + second.tokens.cached,
    cacheWritten: first.tokens.cacheWritten + second.tokens.cacheWritten,
  },
});
