import type { Readable } from 'node:stream';
import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { bodyForm, encodeBody, readBody, tooLarge } from './object-body.ts';
import { withS3 } from './s3-client.ts';
import { bucketFields, MAX_OBJECT_BYTES, objectKey } from './s3-location.ts';

export const s3Get = defineStep({
  name: 'get',
  title: 'Read an object',
  description: 'Reads an object of a bucket.',
  input: z.strictObject({
    ...bucketFields,
    key: objectKey,
    as: bodyForm.describe(
      'What comes out: UTF-8 text, parsed JSON, base64, or a reference to the bytes for other steps.',
    ),
    max_bytes: z
      .int()
      .min(1)
      .max(MAX_OBJECT_BYTES)
      .default(1024 * 1024)
      .describe('A larger object is an error.'),
  }),
  output: z.object({
    content: z.custom<Json>().describe('In the form that was asked for.'),
    size_bytes: z.int().describe('How large it is.'),
    content_type: z.string().describe('As the server has it.'),
    etag: z.string().describe('Changes with the content.'),
    metadata: z.record(z.string(), z.string()).describe('What was kept beside it.'),
  }),
  run: async (input, ctx) => {
    const context = trusted(ctx);
    return await withS3(context, input, async ({ client, sdk, options }) => {
      const found = await client.send(new sdk.GetObjectCommand({ Bucket: input.bucket, Key: input.key }), options);
      const body = found.Body as Readable;
      if ((found.ContentLength ?? 0) > input.max_bytes) {
        body.destroy();
        throw tooLarge(input.max_bytes);
      }
      const bytes = await readBody(body, input.max_bytes);
      const contentType = found.ContentType ?? 'application/octet-stream';
      return {
        content: await encodeBody(ctx, bytes, { as: input.as, contentType }),
        size_bytes: bytes.byteLength,
        content_type: contentType,
        etag: found.ETag ?? '',
        metadata: found.Metadata ?? {},
      };
    });
  },
});
