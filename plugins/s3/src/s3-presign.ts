import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { withS3 } from './s3-client.ts';
import { bucketFields, objectKey } from './s3-location.ts';

const WEEK_S = 7 * 24 * 60 * 60;

export const s3Presign = defineStep({
  name: 'presign',
  title: 'Make a link to an object',
  description: 'Makes a link with which anybody may read or write one object for a while. Nothing is sent.',
  input: z.strictObject({
    ...bucketFields,
    key: objectKey,
    method: z.enum(['get', 'put']).default('get').describe('What the link is for.'),
    expires_s: z.int().min(1).max(WEEK_S).default(900).describe('How long it is good for, in seconds.'),
  }),
  output: z.object({
    url: z.string().describe('Whoever has it may use it: treat it like a password.'),
    expires_at: z.string().describe('ISO 8601, UTC.'),
  }),
  run: async (input, ctx) =>
    await withS3(trusted(ctx), input, async ({ client, sdk }) => {
      const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
      const place = { Bucket: input.bucket, Key: input.key };
      const command = input.method === 'get' ? new sdk.GetObjectCommand(place) : new sdk.PutObjectCommand(place);
      const url = await getSignedUrl(client, command, { expiresIn: input.expires_s });
      return { url, expires_at: new Date(ctx.clock.now() + input.expires_s * 1_000).toISOString() };
    }),
});
