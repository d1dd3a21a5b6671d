import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { findObject } from './find-object.ts';
import { bucketFields, objectKey } from './s3-location.ts';

export const s3Info = defineStep({
  name: 'info',
  title: 'Look at an object',
  description: 'Tells whether an object is there, how large it is and when it was changed.',
  input: z.strictObject({ ...bucketFields, key: objectKey }),
  output: z.object({
    exists: z.boolean().describe('Whether it is there.'),
    size_bytes: z.int().nullable().describe('How large it is.'),
    modified_at: z.string().nullable().describe('ISO 8601, UTC.'),
    etag: z.string().nullable().describe('Changes with the content.'),
  }),
  run: async (input, ctx) => {
    const found = await findObject(trusted(ctx), input);
    if (found === undefined) return { exists: false, size_bytes: null, modified_at: null, etag: null };
    return { exists: true, size_bytes: found.sizeBytes, modified_at: found.modifiedAt, etag: found.etag };
  },
});
