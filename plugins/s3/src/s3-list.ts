import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { withS3 } from './s3-client.ts';
import { bucketFields } from './s3-location.ts';

const object = z.object({
  key: z.string().describe('Of the object.'),
  size_bytes: z.int().describe('How large it is.'),
  etag: z.string().describe('Changes with the content.'),
  modified_at: z.string().nullable().describe('ISO 8601, UTC.'),
});

export const s3List = defineStep({
  name: 'list',
  title: 'List objects',
  description: 'Lists the objects of a bucket, a page at a time.',
  input: z.strictObject({
    ...bucketFields,
    prefix: z.string().max(1_024).default('').describe('What their keys start with.'),
    delimiter: z.string().max(10).optional().describe('`/` lists one level as if it were a folder.'),
    max: z.int().min(1).max(1_000).default(1_000).describe('At most so many.'),
    after: z.string().max(5_000).optional().describe('The `next` of the page before.'),
  }),
  output: z.object({
    objects: z.array(object).describe('In the order of their keys.'),
    prefixes: z.array(z.string()).describe('What looks like folders, with a `delimiter`.'),
    next: z.string().nullable().describe('Leads to the next page; null when this was the last.'),
  }),
  run: async (input, ctx) =>
    await withS3(trusted(ctx), input, async ({ client, sdk, options }) => {
      const command = new sdk.ListObjectsV2Command({
        Bucket: input.bucket,
        Prefix: input.prefix,
        MaxKeys: input.max,
        ...(input.delimiter === undefined ? {} : { Delimiter: input.delimiter }),
        ...(input.after === undefined ? {} : { ContinuationToken: input.after }),
      });
      const { Contents = [], CommonPrefixes = [], NextContinuationToken = null } = await client.send(command, options);
      return {
        objects: Contents.map(({ Key = '', Size = 0, ETag = '', LastModified }) => ({
          key: Key,
          size_bytes: Size,
          etag: ETag,
          modified_at: LastModified?.toISOString() ?? null,
        })),
        prefixes: CommonPrefixes.map(({ Prefix = '' }) => Prefix),
        next: NextContinuationToken,
      };
    }),
});
