import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { blobReference } from './blob-reference.ts';
import type { EncodedBody } from './body.ts';
import { readAnswer, readRefusal } from './read-answer.ts';
import { headersOutput, httpStatus, json, maxBytesInput, requestFields } from './request-fields.ts';
import { send } from './send.ts';

const MAX_FILES = 20;
const MAX_UPLOAD_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

const fileInput = z.strictObject({
  field: z.string().min(1).max(200).default('file').describe('Form field of the file.'),
  filename: z.string().min(1).max(255).describe('Name that the server gets to see.'),
  file: blobReference.describe('The bytes, as a step returned them.'),
});

const uploadInput = z.strictObject({
  ...requestFields,
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST').describe('Of the request.'),
  files: z.array(fileInput).min(1).max(MAX_FILES).describe('What is uploaded, 64 MiB in all at most.'),
  fields: z.record(z.string(), z.string()).default({}).describe('Other fields of the form.'),
  encoding: z
    .enum(['multipart', 'raw'])
    .default('multipart')
    .describe('`multipart` sends a form; `raw` sends the bytes of the only file as the body.'),
  max_bytes: maxBytesInput(DEFAULT_MAX_BYTES),
});
type Upload = z.infer<typeof uploadInput>;

export const httpUpload = defineStep({
  name: 'upload',
  title: 'HTTP upload',
  description: 'Uploads files that earlier steps kept, as a multipart form or as they are.',
  input: uploadInput,
  output: z.object({
    status: httpStatus.describe('Of the response.'),
    headers: headersOutput,
    body: json.describe('Parsed when the response calls it JSON, else its text.'),
  }),
  run: async (input, ctx) => {
    const encoded = await encodeFiles(ctx, input);
    return await send(
      ctx,
      { ...input, encoded },
      {
        read: async (response) => ({
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: await readAnswer(response, { host: new URL(input.url).host, maxBytes: input.max_bytes }),
        }),
        readRefusal,
      },
    );
  },
});

const encodeFiles = async (ctx: PluginContext, input: Upload): Promise<EncodedBody> => {
  const sizeBytes = input.files.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  if (sizeBytes > MAX_UPLOAD_BYTES) throw refusedInput(`The files have more than ${MAX_UPLOAD_BYTES} bytes in all.`);
  if (input.encoding === 'raw') return await encodeOnly(ctx, input);
  const form = new FormData();
  for (const [name, value] of Object.entries(input.fields)) form.append(name, value);
  for (const { field, filename, file } of input.files) {
    const bytes = new Uint8Array(await ctx.blobs.get(file));
    form.append(field, new Blob([bytes], { type: file.contentType }), filename);
  }
  // Made into bytes here: every try sends the same, and a retry needs no second reading of the files.
  const encoded = new Response(form);
  const contentType = encoded.headers.get('content-type') ?? 'multipart/form-data';
  return { body: new Uint8Array(await encoded.arrayBuffer()), contentType };
};

const encodeOnly = async (ctx: PluginContext, { files, fields }: Upload): Promise<EncodedBody> => {
  const [only] = files;
  if (only === undefined || files.length > 1 || Object.keys(fields).length > 0) {
    throw refusedInput('A raw upload has one file and no fields.', 'Use "encoding": "multipart" for a form.');
  }
  return { body: new Uint8Array(await ctx.blobs.get(only.file)), contentType: only.file.contentType };
};
