import { isUtf8 } from 'node:buffer';
import { type Json, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const blobReference = z.strictObject({ blob: z.string(), sizeBytes: z.int().min(0), contentType: z.string() });

export const bodyForm = z.enum(['text', 'json', 'base64', 'blob']).default('text');
type BodyForm = z.infer<typeof bodyForm>;

/** Reads a body up to a bound, whatever its length was said to be. */
export const readBody = async (body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.byteLength;
    if (total > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

export const tooLarge = (maxBytes: number): PluginError =>
  new PluginError({ code: 'IA_PLUGIN_LIMIT', message: `The object has more than ${maxBytes} bytes.` });

type Encoding = { readonly as: BodyForm; readonly contentType: string };

export const encodeBody = async (ctx: PluginContext, bytes: Buffer, { as, contentType }: Encoding): Promise<Json> => {
  if (as === 'blob') return await ctx.blobs.put(bytes, { contentType });
  if (as === 'base64') return bytes.toString('base64');
  if (!isUtf8(bytes)) throw notThat('The object', 'UTF-8 text');
  const text = bytes.toString('utf8');
  if (as === 'text') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw notThat('The object', 'JSON');
  }
};

type Content = { readonly as: BodyForm; readonly content: Json };

export const decodeBody = async (ctx: PluginContext, { as, content }: Content): Promise<Uint8Array> => {
  if (as === 'json') return Buffer.from(JSON.stringify(content ?? null));
  if (as === 'blob') {
    const reference = blobReference.safeParse(content);
    if (!reference.success) throw notThat('The content', 'reference to a blob');
    return await ctx.blobs.get(reference.data);
  }
  if (typeof content !== 'string') throw notThat('The content', 'text');
  if (as === 'text') return Buffer.from(content);
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) throw notThat('The content', 'base64');
  return Buffer.from(content, 'base64');
};

const notThat = (subject: string, what: string): PluginError =>
  new PluginError({ name: 'ContentError', message: `${subject} is no ${what}.` });
