import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeInNode } from '@ia-modules/plugin-checks';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ia-describe-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const moduleOf = (text: string): string => {
  const file = path.join(folder, 'plugin.mjs');
  writeFileSync(file, text);
  return file;
};

it('asks a module what it contributes, whatever else it prints', async () => {
  const module = moduleOf(`console.log('hello');
    export const plugin = { contributions: [{ kind: 'step', name: 'greet', describe: () => ({ name: 'greet', title: 'Greet' }) }] };
    setInterval(() => {}, 1000);`);
  expect(await describeInNode(module)).toEqual([{ kind: 'step', name: 'greet', title: 'Greet' }]);
});

it('hands nothing of the surroundings to it', async () => {
  const module = moduleOf(`export const plugin = { contributions: [
    { kind: 'step', describe: () => ({ name: 'x', title: String(process.env.HOME) + String(process.env.PATH) }) }] };`);
  expect(await describeInNode(module)).toEqual([{ kind: 'step', name: 'x', title: 'undefinedundefined' }]);
});

it.each([
  ['a module that throws', `throw new Error('no such luck');`, 'no such luck'],
  ['one without a plugin', 'export const other = 1;', 'has no export `plugin`'],
])('says what %s wrote', async (_case, text, message) => {
  await expect(describeInNode(moduleOf(text))).rejects.toMatchObject({
    code: 'IA_PLUGIN_FAILED',
    fault: 'plugin',
    details: { stderr: expect.stringContaining(message) },
  });
});
