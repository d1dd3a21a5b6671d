import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A file that goes with `await using`. */
export const createFile = async (content: string): Promise<AsyncDisposable & { readonly path: string }> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ia-modules-'));
  const file = path.join(folder, 'secret');
  await writeFile(file, `${content}\n`, { mode: 0o600 });
  return { path: file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};
