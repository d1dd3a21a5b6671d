import { type Json, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

export const blobReference = z.strictObject({
  blob: z.string().describe('As an earlier step gave it.'),
  sizeBytes: z.int().min(0),
  contentType: z.string(),
});

/** What is written, in one of four forms. */
export const contentFields = {
  content: z.custom<Json>().describe('The content, in the form that `as` tells.'),
  as: z
    .enum(['text', 'json', 'base64', 'blob'])
    .default('text')
    .describe('What `content` is: text, any JSON, base64, or the reference to bytes that another step gave.'),
};

export type FileContent = { readonly content: Json; readonly as: 'text' | 'json' | 'base64' | 'blob' };

export const decodeContent = async ({ content, as }: FileContent, ctx: PluginContext): Promise<Uint8Array> => {
  if (as === 'json') return Buffer.from(`${JSON.stringify(content ?? null)}\n`);
  if (as === 'blob') {
    const reference = blobReference.safeParse(content);
    if (!reference.success) throw notThat('a reference to a blob');
    return await ctx.blobs.get(reference.data);
  }
  if (typeof content !== 'string') throw notThat('text');
  if (as === 'text') return Buffer.from(content);
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) throw notThat('base64');
  return Buffer.from(content, 'base64');
};

const notThat = (what: string): PluginError =>
  new PluginError({ code: 'IA_PLUGIN_INPUT', message: `The content is no ${what}.` });
