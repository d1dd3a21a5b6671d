import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const PAGES = ['docs/plugins.md', 'libs/plugin-sdk/README.md'];
const MODULE = /^```ts\n(import [^]*?)^```$/gm;

/** Every module that the pages show, by where it stands. */
const readModules = async (): Promise<ReadonlyMap<string, string>> => {
  const pages = await Promise.all(
    PAGES.map(async (page) => {
      const text = await readFile(join(ROOT, page), 'utf8');
      return [...text.matchAll(MODULE)].map(({ 1: code = '', index }) => {
        const line = text.slice(0, index).split('\n').length;
        return [`${page.replaceAll(/\W/g, '-')}-line-${line}.ts`, code] as const;
      });
    }),
  );
  return new Map(pages.flat());
};

const compile = async (modules: ReadonlyMap<string, string>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'guide-'));
  try {
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    for (const [file, code] of modules) await writeFile(join(folder, file), code);
    const config = { extends: join(ROOT, 'tsconfig.base.json'), compilerOptions: { noEmit: true }, include: ['*.ts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '--pretty', 'false', '-p', folder]).catch(
      (error: { readonly stdout: string }) => error,
    );
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
};

it('shows code that compiles', async () => {
  const modules = await readModules();
  expect(modules.size).toBeGreaterThan(12);
  expect(await compile(modules)).toBe('');
});

it('would tell of code that does not', async () => {
  const wrong = `import { definePlugin } from '@ia-modules/plugin-sdk';\ndefinePlugin({ steps: [1] });\n`;
  expect(await compile(new Map([['wrong.ts', wrong]]))).toContain('wrong.ts(2,24): error TS2322');
});
