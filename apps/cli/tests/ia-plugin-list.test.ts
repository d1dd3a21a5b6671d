import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { runPluginCommand } from '../src/plugin/testing.ts';
import { createFolder } from './run-command.ts';

const SDK = fileURLToPath(new URL('../../../libs/plugin-sdk/src/index.ts', import.meta.url));
const MODULE = `import { definePlugin } from '${SDK}';\nexport const plugin = definePlugin({});`;

const packageOf = (name: string, more: object = {}) => ({
  name,
  version: '1.2.0',
  iaModules: {
    apiVersion: 1,
    contributions: { steps: [{ name: 'ask', title: 'Ask' }], hooks: [{ name: 'ring', title: 'Ring' }] },
    ...more,
  },
});

const FILES = {
  'plugins/single.ts': MODULE,
  'plugins/packed/package.json': packageOf('@acme/packed'),
  'plugins/packed/dist/plugin.js': MODULE,
  'plugins/.hidden/package.json': packageOf('@acme/hidden'),
  'plugins/single.test.ts': MODULE,
  'plugins/unbuilt/package.json': packageOf('@acme/unbuilt'),
  'plugins/Wrong Name.ts': MODULE,
  'plugins/human.ts': MODULE,
  'plugins/lonely/package.json': packageOf('@acme/lonely', { dependencies: { '@acme/gone': '^1.0.0' } }),
  'plugins/lonely/dist/plugin.js': MODULE,
  'shared/single.ts': MODULE,
  'shared/more.ts': MODULE,
  'node_modules/@acme/installed/package.json': packageOf('@acme/installed'),
  'node_modules/@acme/installed/dist/plugin.js': MODULE,
  'node_modules/@acme/broken/package.json': packageOf('@acme/broken', { runtime: 'trusted' }),
};

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('lists what is found in folders, packages and the platform, and what is refused, with the reason', async () => {
  await using folder = await createFolder(FILES);
  vi.spyOn(process, 'cwd').mockReturnValue(folder.path);
  vi.stubEnv('IA_PLUGINS_PATH', ['shared', 'nowhere'].join(delimiter));
  const { code, stdout, stderr } = await runPluginCommand('list', '--local');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [table = '', refusals = ''] = stdout.split('\nrefused\n');
  expect(table).toMatch(/^PLUGIN +VERSION +WHERE +RUNS IN +CONTRIBUTIONS\n/);
  expect(table).toMatch(/^single +- +\.\/plugins\/single\.ts +process +known when it is loaded$/m);
  expect(table).toMatch(/^packed +1\.2\.0 +\.\/plugins\/packed +process +step ask, hook ring$/m);
  expect(table).toMatch(/^more +- +shared\/more\.ts +process /m);
  expect(table).toMatch(/^@acme\/installed +1\.2\.0 +\S+ +sandbox +step ask, hook ring$/m);
  expect(table).toMatch(/^http +\S+ +built in +process +.*step request/m);
  expect(table).not.toMatch(/hidden|test|unbuilt|Wrong|human\.ts|lonely/);
  expect(refusals).toContain('  unbuilt (./plugins/unbuilt): ');
  expect(refusals).toMatch(/^ {2}Wrong Name \(.+\): pipelines could not name it\n {4}Use lower-case letters/m);
  expect(refusals).toMatch(/^ {2}human \(.+\): the name belongs to the platform/m);
  expect(refusals).toMatch(/^ {2}lonely \(.+\): .*@acme\/gone/m);
  expect(refusals).toContain('  single (shared/single.ts): ./plugins/single.ts has the same name and comes first\n');
  expect(refusals).toContain('  nowhere: there is no such folder\n');
  expect(refusals).toMatch(/^ {2}@acme\/broken \(.+\): only the platform/m);
  expect(refusals).not.toContain('hidden');
});

it('looks where a pipeline looks, and answers with JSON', async () => {
  await using folder = await createFolder(FILES);
  const pipeline = await folder.write(
    'mine.jsonc',
    '{ "plugin_config": { "plugins_dir": "shared", "enabled_plugins": ["more", "mare"] } }',
  );
  const { code, stdout } = await runPluginCommand('list', '--local', '--pipeline', pipeline, '--json');
  expect(code).toBe(0);
  const { directory, plugins } = JSON.parse(stdout) as {
    directory: string;
    plugins: { name: string; source: string }[];
  };
  expect(directory).toBe(folder.path);
  expect(plugins.filter(({ source }) => source === 'folder')).toMatchObject([
    { name: 'more', origin: 'shared/more.ts', runsIn: 'process', refused: null },
    {
      name: 'mare',
      runsIn: null,
      refused: { reason: 'nothing in shared has this name', hint: expect.stringContaining('more') },
    },
  ]);
});

it('finds no folder where there is none, and takes a pipeline only with --local', async () => {
  await using folder = await createFolder();
  vi.spyOn(process, 'cwd').mockReturnValue(folder.path);
  const { stdout } = await runPluginCommand('list', '--local');
  expect(stdout).toMatch(/^http +\S+ +built in /m);
  expect(stdout).not.toContain(join('.', 'plugins'));
  expect((await runPluginCommand('list', '--pipeline', 'x.json')).code).toBe(2);
  expect((await runPluginCommand('list', '--local', '--pipeline', join(folder.path, 'x.json'))).code).toBe(2);
});
