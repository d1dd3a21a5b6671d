import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

// Bundling, sandboxes, npm and node's tests are processes of their own, and a test starts up to ten.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const bin = fileURLToPath(new URL('../bin/ia-plugin.mjs', import.meta.url));
const example = fileURLToPath(new URL('../../../examples/plugins/readability', import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ia-plugin-test-'));
  for (const part of ['src', 'package.json', 'README.md', 'LICENSE']) {
    await cp(join(example, part), join(folder, part), { recursive: true });
  }
});

afterEach(() => rm(folder, { recursive: true }));

type Result = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

const iaPlugin = (...args: readonly string[]): Promise<Result> =>
  new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });

const edit = async (path: string, change: (text: string) => string): Promise<void> => {
  await writeFile(join(folder, path), change(await readFile(join(folder, path), 'utf8')));
};

describe('ia-plugin build', () => {
  it('bundles a plugin into one module without imports and lists what it contributes', async () => {
    const result = await iaPlugin('build', folder, '--json');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({
      findings: [],
      built: {
        name: '@community/readability',
        version: '1.0.0',
        entry: 'dist/plugin.js',
        contributions: [{ kind: 'step', name: 'analyze' }],
      },
    });
    expect(await readFile(join(folder, 'dist/plugin.js'), 'utf8')).not.toMatch(/^import /m);
  });

  it('prints name, size, contributions, the largest inputs and the licences of what is bundled', async () => {
    const { stdout } = await iaPlugin('build', folder);
    expect(stdout).toMatch(/^@community\/readability@1\.0\.0 {2}dist\/plugin\.js {2}\d+\.\d KiB {2}step analyze\n/);
    expect(stdout).toMatch(/ KiB {2}src\/analyze\.ts\n/);
    expect(stdout).toContain('bundled: @ia-modules/plugin-sdk@1.0.0 (MIT)');
    expect(await readFile(join(folder, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')).toContain('@ia-modules/plugin-sdk@');
  });

  it('writes a source map when asked', async () => {
    await iaPlugin('build', folder, '--sourcemap');
    expect(JSON.parse(await readFile(join(folder, 'dist/plugin.js.map'), 'utf8'))).toMatchObject({ version: 3 });
  });

  it('finds every mistake in the manifest, and where it stands', async () => {
    await edit('package.json', (text) =>
      text.replace('"1.0.0"', '"one"').replace('"dist/plugin.js"', '"../plugin.js"'),
    );
    const { exitCode, stdout } = await iaPlugin('build', folder);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^error package\.json:3:14: version: .+ \(manifest\)$/m);
    expect(stdout).toMatch(/^error package\.json:\d+:14: iaModules\.entry: /m);
  });

  it('writes what the code contributes into the manifest, and nothing when asked to check', async () => {
    await iaPlugin('build', folder);
    const before = await readFile(join(folder, 'package.json'), 'utf8');
    await edit('src/plugin.ts', (text) => text.replace("name: 'analyze'", "name: 'measure'"));
    const checked = await iaPlugin('build', '--check', folder);
    expect(checked.exitCode).toBe(1);
    expect(checked.stdout).toMatch(
      /^error package\.json:\d+:\d+: steps\.analyze: the manifest declares it, and the code/m,
    );
    expect(checked.stdout).toContain('steps.measure: the code contributes it');
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(before);

    const built = await iaPlugin('build', folder);
    expect([built.exitCode, built.stdout]).toEqual([0, expect.stringContaining('manifest: steps.measure added')]);
    const { iaModules } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(iaModules.contributions.steps).toMatchObject([{ name: 'measure' }]);
    expect((await iaPlugin('build', '--check', folder)).exitCode).toBe(0);
  });

  it('says where the code does not compile', async () => {
    await edit('src/plugin.ts', (text) => `${text}\nconst = 1;\n`);
    const { exitCode, stdout } = await iaPlugin('build', folder);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^error src\/plugin\.ts:\d+:\d+: /);
  });

  it('says what is wrong with a module that exports no plugin', async () => {
    await edit('src/plugin.ts', (text) => text.replace('export const plugin =', 'export default'));
    const { exitCode, stdout } = await iaPlugin('build', folder);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^error dist\/plugin\.js: TypeError: The entry module has no export `plugin`.*\n {2}Write `export const/s,
    );
  });

  it('refuses what the registry would refuse', async () => {
    await edit('package.json', (text) =>
      text.replace('"build": "ia-plugin build"', '"postinstall": "true"').replace(/"dist",\s*/, ''),
    );
    const { exitCode, stdout } = await iaPlugin('build', folder);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('scripts.postinstall: install scripts are refused');
    expect(stdout).toContain('files: must cover the entry dist/plugin.js');
  });

  it('loads the plugin caged: module code can reach nothing', async () => {
    await mkdir(join(folder, 'outside'));
    const target = JSON.stringify(join(folder, 'outside/owned'));
    await edit(
      'src/plugin.ts',
      (text) => `import { writeFileSync } from 'node:fs';\nwriteFileSync(${target}, 'x');\n${text}`,
    );
    const { exitCode, stdout } = await iaPlugin('build', folder);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^error dist\/plugin\.js: .*NotCapable/s);
    await expect(readFile(join(folder, 'outside/owned'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps usage errors apart', async () => {
    expect((await iaPlugin('build', '--nonsense')).exitCode).toBe(2);
    expect((await iaPlugin('--help')).exitCode).toBe(0);
    expect((await iaPlugin('build', join(folder, 'nowhere'))).exitCode).toBe(2);
  });
});
