import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runPluginCommand } from '../src/plugin/testing.ts';
import { readRefusals } from '../src/plugin/publish/refusals.ts';
import { registrySettings, withSettings } from '../src/plugin/publish/npmrc.ts';

// Bundling, sandboxes, npm and node's tests are processes of their own, and a test starts up to ten.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const AWS_KEY = ['AKIA', 'A1B2C3D4E5F6G7H8'].join('');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ia-plugin-validate-'));
  await runPluginCommand('init', folder, '--name', '@acme/wrong');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const edit = async (file: string, change: (text: string) => string): Promise<void> => {
  const target = path.join(folder, file);
  await writeFile(target, change(await readFile(target, 'utf8')));
};

describe('ia-plugin validate', () => {
  it('finds nothing wrong with a new plugin', async () => {
    const { code, stdout } = await runPluginCommand('validate', folder);
    expect([code, stdout]).toEqual([0, expect.stringContaining('No problems were found.')]);
  });

  it('names every problem at its place, and changes nothing', async () => {
    await edit('package.json', (text) =>
      text
        .replace('"license": "MIT"', '"license": ""')
        .replace('"net": []', '"net": ["unused.example.com"]')
        .replace('"build": "ia-plugin build"', '"postinstall": "true"')
        .replace('"Greets somebody by name.",\n            "input"', '"Says hello.",\n            "input"')
        .replace('"title": "Greet"', '"title": "Hello"'),
    );
    await edit('icon.svg', (text) => text.replace('</svg>', '<script>alert(1)</script></svg>'));
    await writeFile(path.join(folder, 'README.md'), '# Nothing\n');
    await edit('src/greet.ts', (text) =>
      text
        .replace(
          'return { greeting',
          `await ctx.fetch('https://api.example.com/hi', { headers: { key: String(ctx.secrets.API_KEY) } });\n    return { greeting`,
        )
        .replace('run: (', 'run: async (')
        .replace('name.trim()', 'name.trimm()'),
    );
    await edit('tests/greet.test.ts', (text) => `${text}// ${AWS_KEY}\n`);
    await edit('fixtures/greet.json', (text) => text.replace('"name": "Ada"', '"nickname": "Ada"'));
    const before = await readFile(path.join(folder, 'package.json'), 'utf8');
    const { code, stdout } = await runPluginCommand('validate', folder, '--json');
    expect(code).toBe(1);
    const findings = JSON.parse(stdout).findings as { rule: string; file: string; line?: number; severity: string }[];
    const places = findings.map(({ rule, file, line, severity }) => `${severity} ${rule} ${file}:${line ?? ''}`);
    expect(places.toSorted()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^error icon icon\.svg:3$/),
        expect.stringMatching(/^error install-script package\.json:\d+$/),
        expect.stringMatching(/^error license package\.json:5$/),
        expect.stringMatching(/^error manifest-differs package\.json:\d+$/),
        expect.stringMatching(/^error secret tests\/greet\.test\.ts:\d+$/),
        expect.stringMatching(/^error fixture fixtures\/greet\.json:$/),
        expect.stringMatching(/^info permission-unused package\.json:\d+$/),
        expect.stringMatching(/^warning host-undeclared src\/greet\.ts:\d+$/),
        expect.stringMatching(/^error types src\/greet\.ts:\d+$/),
        expect.stringMatching(/^warning readme-contribution README\.md:$/),
        expect.stringMatching(/^warning secret-undeclared src\/greet\.ts:\d+$/),
      ]),
    );
    expect(stdout).not.toContain(AWS_KEY);
    expect(await readFile(path.join(folder, 'package.json'), 'utf8')).toBe(before);
  });
});

describe('what npm prints', () => {
  it('is read as one refusal each, with a hint', () => {
    const stderr = `npm error code E422
npm error 422 Unprocessable Entity - PUT http://localhost/@acme%2fx - IA_PLUGIN_MANIFEST: package.json iaModules.entry: is wrong. package.json version: is wrong.
npm error A complete log of this run can be found in: /home/x/.npm/_logs/1.log`;
    expect(readRefusals(stderr)).toEqual([
      { code: 'IA_PLUGIN_MANIFEST', message: 'package.json iaModules.entry: is wrong.', hint: expect.any(String) },
      { code: 'IA_PLUGIN_MANIFEST', message: 'package.json version: is wrong.', hint: expect.any(String) },
    ]);
    const reserved = 'The scope @ia-modules is reserved. Name the package @acme/… or @community/….';
    expect(
      readRefusals(`npm error 403 403 Forbidden - PUT http://localhost/x - IA_REGISTRY_FORBIDDEN: ${reserved}`),
    ).toEqual([
      {
        code: 'IA_REGISTRY_FORBIDDEN',
        message: 'The scope @ia-modules is reserved.',
        hint: 'Name the package @acme/… or @community/….',
      },
    ]);
    expect(readRefusals('npm error code ENEEDAUTH\nnpm error need auth')).toMatchObject([
      { code: 'IA_REGISTRY_UNAUTHENTICATED' },
    ]);
  });
});

describe('an .npmrc', () => {
  it('keeps what else it says, and each setting once', () => {
    const settings = registrySettings({ registry: 'http://localhost:4873', token: 'new', scopes: ['acme'] });
    const text = withSettings('fund=false\n//localhost:4873/:_authToken=old\n', settings);
    expect(text).toBe('fund=false\n//localhost:4873/:_authToken=new\n@acme:registry=http://localhost:4873/\n');
    expect(withSettings(text, settings)).toBe(text);
  });
});
