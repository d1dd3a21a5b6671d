import { defineCondition } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { filePath } from './file-path.ts';
import { lookAt, typeOf } from './look-at.ts';

export const fileExists = defineCondition({
  name: 'exists',
  title: 'A file is there',
  description: "Holds when a file is there in the tenant's folder.",
  config: z.strictObject({
    path: filePath,
    type: z.enum(['file', 'folder', 'any']).default('file').describe('What has to be there.'),
  }),
  evaluate: async ({ config }, ctx) => {
    const info = await lookAt(trusted(ctx), config.path);
    return info !== undefined && (config.type === 'any' || typeOf(info) === config.type);
  },
});
