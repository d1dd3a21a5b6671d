import { link, lstat, rename, unlink } from 'node:fs/promises';
import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { fileError } from './file-error.ts';
import { filePath } from './file-path.ts';

export const fileMove = defineStep({
  name: 'move',
  title: 'Move a file',
  description: "Moves or renames a file within the tenant's folder.",
  input: z.strictObject({
    from: filePath,
    to: filePath,
    overwrite: z.boolean().default(false).describe('Whether a file at `to` is replaced; otherwise it is an error.'),
  }),
  output: z.object({ path: z.string().describe('Where the file is now.') }),
  run: async ({ from, to, overwrite }, ctx) => {
    const { files } = trusted(ctx);
    const [source, target] = [await files.resolve(from), await files.resolve(to, { toWriteBytes: 0 })];
    const info = await lstat(source).catch((error: unknown) => {
      throw fileError(from, error);
    });
    if (!info.isFile()) throw fileError(from, Object.assign(new Error('a folder'), { code: 'EISDIR' }));
    await (overwrite ? rename(source, target) : moveNew(source, target)).catch((error: unknown) => {
      throw fileError(to, error);
    });
    return { path: to };
  },
});

/** Unlike a rename, a link never replaces what is there. */
const moveNew = async (source: string, target: string): Promise<void> => {
  await link(source, target);
  await unlink(source);
};
