import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModuleCheck } from '../src/modules/module-check.ts';

const MARKER = 'ran-by-validation';

const FILES: Readonly<Record<string, string>> = {
  'steps.ts': `globalThis['${MARKER}'] = true;
type Input = { readonly n: number };
export const double = ({ n }: Input): number => n * 2;
export function triple({ n }: Input) { return n * 3; }
export class Labeler { run(input: Input): string { return String(input satisfies Input); } }
export const { one, two: [renamed = 1, ...others], ...rest } = JSON.parse('{}');
const inner = 1;
export { inner as outer, inner as default };
export type { Input };`,
  'named-default.mts': 'export default class Step {}',
  'types-only.ts': 'export type Step = string; export interface Other {}',
  'forward.js': `export { double as twice, missing } from './steps.ts';\nexport * from './more/index.js';\nexport * as all from './steps.ts';`,
  'more/index.js': `export const deep = () => 1;\nexport * from '../forward.js';`,
  'from-package.js': `export { x } from 'left-pad'; export * from 'right-pad';`,
  'broken-star.js': `export * from './nowhere.js';`,
  'common.cjs': 'exports.a = 1; module.exports.b = exports.c = 2; return;',
  'object.js': `const a = 1; module.exports = { a, 'b-c': 2, d() {} };`,
  'open.cjs': `module.exports = require('./object.js');`,
  'spread.cjs': `module.exports = { ...require('./object.js') };`,
  'plugin.ts': `import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';
const forecast = defineStep({ name: 'forecast', input: {}, output: {}, run: () => 1 });
export const plugin = definePlugin({ steps: [forecast, defineStep({ name: 'alarm', input: {}, output: {}, run: () => 1 })] });`,
  'gathered.ts': `import { definePlugin } from '@ia-modules/plugin-sdk';
import { steps } from './elsewhere.ts';
export default definePlugin({ steps });`,
  'syntax.ts': 'export const a = 1;\nexport const b: = 2;',
  'syntax.mjs': 'export const a = 1;\nexport const a = 2;',
  'enum.ts': 'export enum Level { low }',
  'deep.js': `export const a = ${'['.repeat(20_000)}${']'.repeat(20_000)};`,
  'notes.txt': 'export const a = 1;',
  'bom.js': '\uFEFFexport const a = 1;',
};

let folder: string;

const matching = (expected: string | RegExp | undefined): unknown =>
  expected instanceof RegExp ? expect.stringMatching(expected) : expected;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ia-modules-check-'));
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a module check', () => {
  it.each([
    ['steps.ts', 'double'],
    ['steps.ts', 'triple'],
    ['steps.ts', 'Labeler'],
    ['steps.ts', 'one'],
    ['steps.ts', 'renamed'],
    ['steps.ts', 'others'],
    ['steps.ts', 'rest'],
    ['steps.ts', 'outer'],
    ['steps.ts', 'default'],
    ['named-default.mts', 'default'],
    ['forward.js', 'twice'],
    ['forward.js', 'deep'],
    ['forward.js', 'all'],
    ['from-package.js', 'x'],
    ['from-package.js', 'anything'],
    ['common.cjs', 'a'],
    ['common.cjs', 'b'],
    ['common.cjs', 'c'],
    ['common.cjs', 'default'],
    ['object.js', 'a'],
    ['object.js', 'b-c'],
    ['object.js', 'd'],
    ['open.cjs', 'anything'],
    ['spread.cjs', 'anything'],
    ['plugin.ts', 'forecast'],
    ['plugin.ts', 'alarm'],
    ['gathered.ts', 'anything'],
    ['bom.js', 'a'],
  ])('finds the export of %s#%s', (path, name) => {
    expect(createModuleCheck(folder).check(`./${path}`, name)).toBeUndefined();
  });

  it.each([
    ['steps.ts', 'dubble', "./steps.ts exports no 'dubble'.", "Did you mean 'double'?"],
    ['steps.ts', 'inner', "./steps.ts exports no 'inner'.", /^It exports: Labeler, default, double/],
    ['steps.ts', 'Input', "./steps.ts exports no 'Input'.", /^It exports/],
    ['types-only.ts', 'Step', "./types-only.ts exports no 'Step'.", 'It exports nothing.'],
    ['forward.js', 'missing', "./forward.js exports no 'missing'.", /./],
    ['forward.js', 'default', "./forward.js exports no 'default'.", /./],
    ['broken-star.js', 'a', 'There is no file nowhere.js.', undefined],
    ['common.cjs', 'd', "./common.cjs exports no 'd'.", /./],
    ['plugin.ts', 'forcast', "./plugin.ts exports no 'forcast'.", "Did you mean 'forecast'?"],
    ['stepz.ts', 'double', 'There is no file ./stepz.ts.', "Did you mean 'steps.ts'?"],
    ['nowhere/steps.ts', 'double', 'There is no file ./nowhere/steps.ts.', undefined],
    ['../nowhere-at-all.ts', 'double', 'There is no file ./../nowhere-at-all.ts.', undefined],
    ['more', 'a', './more is no module.', 'Modules end with .ts, .mts, .js, .mjs, .cjs.'],
    ['notes.txt', 'a', './notes.txt is no module.', 'Modules end with .ts, .mts, .js, .mjs, .cjs.'],
    ['syntax.ts', 'a', /^\.\/syntax\.ts can not be parsed: .*, at line 2, column 17\.$/, undefined],
    ['syntax.mjs', 'a', /^\.\/syntax\.mjs can not be parsed: .*, at line 2, column 14\.$/, undefined],
    [
      'enum.ts',
      'Level',
      /can not be parsed: TypeScript enum is not supported in strip-only mode, at line 1, column 8/,
      undefined,
    ],
    ['deep.js', 'a', /^\.\/deep\.js can not be parsed: /, undefined],
  ])('says what is wrong with %s#%s', (path, name, message, hint) => {
    const { message: actual = '', hint: actualHint } = createModuleCheck(folder).check(`./${path}`, name) ?? {};
    expect({ message: actual, hint: actualHint }).toEqual({ message: matching(message), hint: matching(hint) });
  });

  it('runs nothing of what it reads', () => {
    createModuleCheck(folder).check('./steps.ts', 'double');
    expect(globalThis).not.toHaveProperty(MARKER);
  });
});
