import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted, type TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { contentFields, decodeContent } from './file-content.ts';
import { fileError, tooLarge } from './file-error.ts';
import { filePath, MAX_FILE_BYTES } from './file-path.ts';
import { openFile } from './open-file.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;

export const fileWrite = defineStep({
  name: 'write',
  title: 'Write a file',
  description:
    "Writes a file of the tenant's folder, and the folders above it. A file is replaced in one go: who reads it meanwhile gets the old or the new one, whole.",
  input: z.strictObject({
    path: filePath,
    ...contentFields,
    mode: z
      .enum(['replace', 'create', 'append'])
      .default('replace')
      .describe(
        '`create` fails when the file is there; `append` adds at its end, and adds again when the step is tried again.',
      ),
  }),
  output: z.object({
    path: z.string().describe('As it was given.'),
    written_bytes: z.int().describe('How many bytes were written.'),
  }),
  run: async (input, ctx) => {
    const bytes = await decodeContent(input, ctx);
    if (bytes.byteLength > MAX_FILE_BYTES) throw tooLarge(input.path, MAX_FILE_BYTES);
    ctx.signal.throwIfAborted();
    const write = input.mode === 'append' ? appendTo : replace;
    await write(trusted(ctx).files, { ...input, bytes }).catch((error: unknown) => {
      throw fileError(input.path, error);
    });
    return { path: input.path, written_bytes: bytes.byteLength };
  },
});

type Writing = { readonly path: string; readonly mode: string; readonly bytes: Uint8Array };

const appendTo = async (files: TrustedContext['files'], { path, bytes }: Writing): Promise<void> => {
  await files.resolve(path, { toWriteBytes: bytes.byteLength });
  await using handle = await openFile(files, path, O_WRONLY | O_CREAT | O_APPEND);
  const { size } = await handle.stat();
  if (size + bytes.byteLength > MAX_FILE_BYTES) throw tooLarge(path, MAX_FILE_BYTES);
  await handle.writeFile(bytes);
  await handle.sync();
};

const replace = async (files: TrustedContext['files'], { path, mode, bytes }: Writing): Promise<void> => {
  const target = await files.resolve(path, { toWriteBytes: bytes.byteLength });
  const draftName = `.${randomUUID()}.part`;
  const draft = join(dirname(target), draftName);
  const draftPath = join(dirname(path), draftName);
  try {
    await using handle = await openFile(files, draftPath, O_WRONLY | O_CREAT | O_EXCL);
    await handle.writeFile(bytes);
    await handle.sync();
    if (mode === 'create') await link(draft, target);
    else await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
};
