import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { runNpm } from './npm.ts';

const packSchema = z
  .array(
    z.object({
      size: z.number(),
      unpackedSize: z.number(),
      files: z.array(z.object({ path: z.string(), size: z.number() })),
    }),
  )
  .min(1);

/** What npm would put into the tarball of a package. */
export type PackedFiles = {
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
};

/** Asks npm what it would pack, since its rules are its own; runs no scripts. */
export const packedFiles = async (directory: string): Promise<PackedFiles> => {
  const { code, stdout, stderr } = await runNpm(directory, ['pack', '--dry-run', '--json', '--ignore-scripts']);
  const parsed = packSchema.safeParse(code === 0 ? tryParse(stdout) : undefined);
  const [packed] = parsed.success ? parsed.data : [];
  if (packed !== undefined) {
    return { packedBytes: packed.size, unpackedBytes: packed.unpackedSize, files: packed.files };
  }
  throw new PlatformError({ code: 'IA_CLI_NPM', message: `npm can not pack ${directory}: ${stderr.trim()}` });
};

const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
