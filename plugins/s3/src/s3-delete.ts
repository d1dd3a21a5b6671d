import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { withS3 } from './s3-client.ts';
import { bucketFields, objectKey } from './s3-location.ts';

export const s3Delete = defineStep({
  name: 'delete',
  title: 'Delete objects',
  description: 'Deletes objects of a bucket; one that is not there is no error.',
  input: z.strictObject({ ...bucketFields, keys: z.array(objectKey).min(1).max(100).describe('Which ones.') }),
  output: z.object({ deleted: z.int().describe('How many keys were given.') }),
  run: async (input, ctx) =>
    await withS3(trusted(ctx), input, async ({ client, sdk, options }) => {
      // One request each: not every server has the call that deletes many.
      for (const [index, Key] of input.keys.entries()) {
        await client.send(new sdk.DeleteObjectCommand({ Bucket: input.bucket, Key }), options);
        ctx.progress((index + 1) / input.keys.length);
      }
      return { deleted: input.keys.length };
    }),
});
