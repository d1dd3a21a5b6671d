import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { withS3 } from './s3-client.ts';
import { bucketFields, objectKey } from './s3-location.ts';

export const s3Copy = defineStep({
  name: 'copy',
  title: 'Copy an object',
  description: 'Copies an object within the server; its bytes do not come here.',
  input: z.strictObject({
    ...bucketFields,
    from_key: objectKey,
    from_bucket: bucketFields.bucket.optional().describe('Left out, the same bucket.'),
    key: objectKey.describe('Where it goes.'),
  }),
  output: z.object({
    key: z.string().describe('Where it is now, too.'),
    etag: z.string().describe('Changes with the content.'),
  }),
  run: async (input, ctx) =>
    await withS3(trusted(ctx), input, async ({ client, sdk, options }) => {
      const source = `${input.from_bucket ?? input.bucket}/${input.from_key}`;
      const command = new sdk.CopyObjectCommand({
        Bucket: input.bucket,
        Key: input.key,
        CopySource: source.split('/').map(encodeURIComponent).join('/'),
      });
      const { CopyObjectResult } = await client.send(command, options);
      return { key: input.key, etag: CopyObjectResult?.ETag ?? '' };
    }),
});
