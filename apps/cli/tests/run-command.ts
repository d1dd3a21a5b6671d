import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import type { CommandResult } from '../src/testing.ts';

const BIN = fileURLToPath(new URL('../bin/ia-modules.mjs', import.meta.url));

/** Runs `ia-modules` as a process of its own. */
export const runProcess = async (...args: readonly string[]): Promise<CommandResult> => {
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...process.env, NO_COLOR: '1' } });
  child.stdin.end();
  const closed = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? -1));
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
};

/** A folder of files that goes with `await using`; what is no text is written as JSON. */
export type Folder = AsyncDisposable & {
  readonly path: string;
  readonly write: (name: string, content: unknown) => Promise<string>;
};

export const createFolder = async (files: Readonly<Record<string, unknown>> = {}): Promise<Folder> => {
  const path = await mkdtemp(join(tmpdir(), 'ia-modules-'));
  const write = async (name: string, content: unknown): Promise<string> => {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    return file;
  };
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};
