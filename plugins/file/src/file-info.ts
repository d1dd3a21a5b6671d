import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { filePath } from './file-path.ts';
import { lookAt, typeOf } from './look-at.ts';

export const fileInfo = defineStep({
  name: 'info',
  title: 'Look at a file',
  description: "Tells whether a file of the tenant's folder is there, how large it is and when it was changed.",
  input: z.strictObject({ path: filePath }),
  output: z.object({
    exists: z.boolean().describe('Whether anything is there.'),
    type: z.enum(['file', 'folder', 'other']).nullable().describe('Null when nothing is there.'),
    size_bytes: z.int().nullable().describe('How large it is.'),
    modified_at: z.string().nullable().describe('ISO 8601, UTC.'),
  }),
  run: async ({ path }, ctx) => {
    const info = await lookAt(trusted(ctx), path);
    if (info === undefined) return { exists: false, type: null, size_bytes: null, modified_at: null };
    return { exists: true, type: typeOf(info), size_bytes: info.size, modified_at: info.mtime.toISOString() };
  },
});
