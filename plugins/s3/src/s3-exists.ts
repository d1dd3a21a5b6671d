import { defineCondition } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { findObject } from './find-object.ts';
import { bucketFields, objectKey } from './s3-location.ts';

export const s3Exists = defineCondition({
  name: 'exists',
  title: 'An object is there',
  description: 'Holds when a bucket has an object of a key.',
  config: z.strictObject({ ...bucketFields, key: objectKey }),
  evaluate: async ({ config }, ctx) => (await findObject(trusted(ctx), config)) !== undefined,
});
