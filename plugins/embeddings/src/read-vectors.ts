import { type Json, PluginError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const FLOAT_BYTES = 4;

const answer = z.object({
  model: z.string(),
  data: z.array(z.object({ index: z.int().min(0), embedding: z.union([z.array(z.number()), z.string()]) })),
  usage: z.object({ prompt_tokens: z.int().min(0).optional(), total_tokens: z.int().min(0).optional() }).optional(),
});

type Batch = { readonly vectors: readonly (readonly number[])[]; readonly model: string; readonly tokens: number };

/**
 * Reads an answer: one embedding for each text, in the order of the texts, whichever order the server has.
 * @throws PluginError `HttpBodyError`
 */
export const readVectors = (body: Json, { count, host }: { readonly count: number; readonly host: string }): Batch => {
  const parsed = answer.safeParse(body);
  if (!parsed.success) throw unreadable(host, 'has another form');
  const { data, model, usage } = parsed.data;
  const sorted = data.toSorted((a, b) => a.index - b.index);
  if (sorted.length !== count || sorted.some(({ index }, position) => index !== position)) {
    throw unreadable(host, `has not one embedding for each of ${count} texts`);
  }
  const vectors = sorted.map(({ embedding }) => (typeof embedding === 'string' ? decode(embedding, host) : embedding));
  if (vectors.some((vector) => vector.length === 0)) throw unreadable(host, 'has an empty embedding');
  return { vectors, model, tokens: usage?.prompt_tokens ?? usage?.total_tokens ?? 0 };
};

/** Little-endian floats of 32 bits. */
const decode = (text: string, host: string): readonly number[] => {
  const bytes = Buffer.from(text, 'base64');
  const numbers = Array.from({ length: Math.floor(bytes.length / FLOAT_BYTES) }, (_, index) =>
    bytes.readFloatLE(index * FLOAT_BYTES),
  );
  if (bytes.length % FLOAT_BYTES === 0 && numbers.every(Number.isFinite)) return numbers;
  throw unreadable(host, 'has an embedding that is no list of numbers');
};

const unreadable = (host: string, what: string): PluginError =>
  new PluginError({
    name: 'HttpBodyError',
    message: `The answer of ${host} ${what}.`,
    hint: 'The server must speak as OpenAI’s embeddings do.',
  });
