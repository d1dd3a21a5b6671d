import { createHash } from 'node:crypto';
import { readBytes } from '@ia-modules/http-client';
import { defineStep, PluginError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { blobReference } from './blob-reference.ts';
import { readRefusal } from './read-answer.ts';
import { headersOutput, httpStatus, maxBytesInput, requestFields } from './request-fields.ts';
import { send } from './send.ts';
const MAX_BYTES = 64 * 1024 * 1024;
export const httpDownload = defineStep({
  name: 'download',
  title: 'HTTP download',
  description:
    'Downloads a file, keeps its bytes beside the run and returns a reference with the SHA-256 of the bytes.',
  input: z.strictObject({
    ...requestFields,
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .optional()
      .describe('What the bytes must hash to, in hex.'),
    max_bytes: maxBytesInput(MAX_BYTES),
  }),
  output: z.object({
    status: httpStatus.describe('Of the response.'),
    headers: headersOutput,
    file: blobReference.describe('Where the bytes are; later steps take it as a blob.'),
    sha256: z.string().describe('Of the bytes, in hex.'),
  }),
  run: async (input, ctx) => {
    const { bytes, status, headers } = await send(
      ctx,
      { ...input, method: 'GET' },
      {
        read: async (response) => ({
          status: response.status,
          headers: response.headers,
          bytes: await readBytes(response, input.max_bytes),
        }),
        readRefusal,
      },
    );
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (input.sha256 !== undefined && input.sha256.toLowerCase() !== sha256) throw wrongBytes(sha256);
    const contentType = headers.get('content-type') ?? 'application/octet-stream';
    const file = await ctx.blobs.put(bytes, { contentType });
    return { status, headers: Object.fromEntries(headers), file, sha256 };
  },
});
const wrongBytes = (sha256) =>
  new PluginError({
    name: 'IntegrityError',
    message: 'The downloaded bytes are not the expected ones.',
    hint: 'Compare the hash in "sha256" with the one that the publisher names.',
    details: { sha256 },
  });
