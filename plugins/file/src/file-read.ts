import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { defineStep, type Json, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { shown } from './file-error.ts';
import { filePath, MAX_FILE_BYTES } from './file-path.ts';
import { readBytes } from './read-bytes.ts';

const DEFAULT_MAX_BYTES = 1024 * 1024;

const input = z.strictObject({
  path: filePath,
  as: z
    .enum(['text', 'json', 'base64', 'blob'])
    .default('text')
    .describe('What comes out: UTF-8 text, parsed JSON, base64, or a reference to the bytes for other steps.'),
  max_bytes: z.int().min(1).max(MAX_FILE_BYTES).default(DEFAULT_MAX_BYTES).describe('A larger file is an error.'),
  content_type: z.string().max(200).default('application/octet-stream').describe('Of a blob.'),
});

export const fileRead = defineStep({
  name: 'read',
  title: 'Read a file',
  description: "Reads a file of the tenant's folder.",
  input,
  output: z.object({
    content: z.custom<Json>().describe('The content in the form that was asked for.'),
    size_bytes: z.int().describe('How large the file is.'),
    sha256: z.string().describe('Of the bytes, in hexadecimal.'),
  }),
  run: async (wanted, ctx) => {
    const bytes = await readBytes(trusted(ctx), { path: wanted.path, maxBytes: wanted.max_bytes });
    return {
      content: await encode(wanted, bytes, ctx),
      size_bytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
  },
});

const encode = async (wanted: z.infer<typeof input>, bytes: Buffer, ctx: PluginContext): Promise<Json> => {
  if (wanted.as === 'blob') return await ctx.blobs.put(bytes, { contentType: wanted.content_type });
  if (wanted.as === 'base64') return bytes.toString('base64');
  if (!isUtf8(bytes)) throw notThat(wanted.path, 'UTF-8 text', 'Read it as base64 or as a blob.');
  const text = bytes.toString('utf8');
  if (wanted.as === 'text') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw notThat(wanted.path, 'JSON', 'Read it as text.');
  }
};

const notThat = (path: string, what: string, hint: string): PluginError =>
  new PluginError({ name: 'FileContentError', message: `The file "${shown(path)}" is no ${what}.`, hint });
