import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { bodyForm, decodeBody, tooLarge } from './object-body.ts';
import { withS3 } from './s3-client.ts';
import { bucketFields, MAX_OBJECT_BYTES, objectKey } from './s3-location.ts';

const line = z
  .string()
  .max(500)
  .regex(/^[\x20-\x7e]*$/, 'must be plain ASCII');

export const s3Put = defineStep({
  name: 'put',
  title: 'Write an object',
  description: 'Writes an object of a bucket, whole; writing it again changes nothing.',
  input: z.strictObject({
    ...bucketFields,
    key: objectKey,
    content: z.custom<Json>().describe('In the form that `as` tells.'),
    as: bodyForm.describe(
      'What `content` is: text, any JSON, base64, or the reference to bytes that another step gave.',
    ),
    content_type: line.optional().describe('Left out, it follows from `as`.'),
    metadata: z
      .record(z.string().regex(/^[a-z0-9-]{1,100}$/), line)
      .default({})
      .describe('Kept beside the object.'),
    only_if_absent: z
      .boolean()
      .default(false)
      .describe('Fails when there is an object of this key; not every server knows that.'),
  }),
  output: z.object({
    key: z.string().describe('As it was given.'),
    size_bytes: z.int().describe('How much was written.'),
    etag: z.string().describe('Changes with the content.'),
  }),
  run: async (input, ctx) => {
    const bytes = await decodeBody(ctx, input);
    if (bytes.byteLength > MAX_OBJECT_BYTES) throw tooLarge(MAX_OBJECT_BYTES);
    return await withS3(trusted(ctx), input, async ({ client, sdk, options }) => {
      const command = new sdk.PutObjectCommand({
        Bucket: input.bucket,
        Key: input.key,
        Body: bytes,
        ContentType: input.content_type ?? CONTENT_TYPES[input.as],
        Metadata: input.metadata,
        ...(input.only_if_absent ? { IfNoneMatch: '*' } : {}),
      });
      const { ETag = '' } = await client.send(command, options);
      return { key: input.key, size_bytes: bytes.byteLength, etag: ETag };
    });
  },
});

const CONTENT_TYPES = {
  text: 'text/plain; charset=utf-8',
  json: 'application/json',
  base64: 'application/octet-stream',
  blob: 'application/octet-stream',
} as const;
