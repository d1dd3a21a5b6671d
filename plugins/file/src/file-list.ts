import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defineStep, type PluginContext } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { fileError, isMissing } from './file-error.ts';
import { compileGlob } from './glob.ts';

const MAX_LISTED = 10_000;
const MAX_VISITED = 100_000;
const MAX_DEPTH = 32;

const entry = z.object({
  path: z.string().describe("Relative to the tenant's folder."),
  size_bytes: z.int().describe('How large it is.'),
  modified_at: z.string().describe('ISO 8601, UTC.'),
});

export const fileList = defineStep({
  name: 'list',
  title: 'List files',
  description: 'Lists the plain files of a folder of the tenant, in the order of their paths. Links are left out.',
  input: z.strictObject({
    folder: z.string().max(1_000).default('').describe("Relative to the tenant's folder. Left out, the whole of it."),
    pattern: z
      .string()
      .max(500)
      .default('**')
      .describe('Which of them, relative to `folder`: `*.csv`, `**/*.json`; `?` and `*` stay within a folder.'),
    max: z.int().min(1).max(MAX_LISTED).default(1_000).describe('At most so many.'),
  }),
  output: z.object({
    files: z.array(entry).describe('What was found.'),
    has_more: z.boolean().describe('Whether there are more than `max`.'),
  }),
  run: async ({ folder, pattern, max }, ctx) => {
    // The door only opens for what lies below the folder: ask for something in it.
    const root = dirname(await trusted(ctx).files.resolve(join(folder, '.listed')));
    const matches = compileGlob(pattern);
    const files: z.infer<typeof entry>[] = [];
    for await (const path of walk({ root, ctx })) {
      if (!matches(path)) continue;
      if (files.length === max) return { files, has_more: true };
      const found = await describeFile(root, path);
      if (found !== undefined) files.push({ ...found, path: join(folder, path) });
    }
    return { files, has_more: false };
  },
});

const describeFile = async (root: string, path: string) => {
  const info = await lstat(join(root, path)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw fileError(path, error);
  });
  if (info?.isFile() !== true) return undefined;
  return { size_bytes: info.size, modified_at: info.mtime.toISOString() };
};

type Walk = { readonly root: string; readonly ctx: PluginContext };

async function* walk({ root, ctx }: Walk): AsyncGenerator<string, void> {
  const waiting: { readonly folder: string; readonly depth: number }[] = [{ folder: '', depth: 0 }];
  let visited = 0;
  while (true) {
    const next = waiting.pop();
    if (next === undefined) return;
    ctx.signal.throwIfAborted();
    for (const item of await readFolder(join(root, next.folder))) {
      visited += 1;
      if (visited > MAX_VISITED) return;
      const path = join(next.folder, item.name);
      if (item.isFile()) yield path;
      else if (item.isDirectory() && next.depth < MAX_DEPTH) waiting.push({ folder: path, depth: next.depth + 1 });
    }
  }
}

const readFolder = async (folder: string): Promise<Dirent[]> => {
  const items = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return items.toSorted((left, right) => (left.name < right.name ? -1 : 1));
};
