import { lstat, unlink } from 'node:fs/promises';
import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { fileError, isMissing } from './file-error.ts';
import { filePath } from './file-path.ts';

export const fileDelete = defineStep({
  name: 'delete',
  title: 'Delete a file',
  description: "Deletes a file of the tenant's folder; folders stay.",
  input: z.strictObject({
    path: filePath,
    missing_ok: z.boolean().default(true).describe('Whether a file that is not there is no error.'),
  }),
  output: z.object({ deleted: z.boolean().describe('Whether there was one.') }),
  run: async ({ path, missing_ok }, ctx) => {
    const target = await trusted(ctx).files.resolve(path);
    try {
      const info = await lstat(target);
      if (info.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
      await unlink(target);
      return { deleted: true };
    } catch (error) {
      if (missing_ok && isMissing(error)) return { deleted: false };
      throw fileError(path, error);
    }
  },
});
