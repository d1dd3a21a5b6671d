import { constants } from 'node:fs';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { fileError, tooLarge } from './file-error.ts';
import { openFile } from './open-file.ts';

type Reading = { readonly path: string; readonly maxBytes: number };

/** Reads a whole file, which may have grown since it was looked at, up to a bound. */
export const readBytes = async (ctx: TrustedContext, { path, maxBytes }: Reading): Promise<Buffer> => {
  try {
    await using handle = await openFile(ctx.files, path, constants.O_RDONLY);
    const { size } = await handle.stat();
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    const chunks: Buffer[] = [];
    let total = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false, signal: ctx.signal })) {
      total += (chunk as Buffer).byteLength;
      if (total > maxBytes) throw tooLarge(path, maxBytes);
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    throw fileError(path, error);
  }
};
