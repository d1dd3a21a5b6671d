import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { discoverPlugins } from '../src/discovery/discover-plugins.ts';
import { runCommand } from '../src/testing.ts';
import { createFolder, type Folder } from './run-command.ts';

const SDK = fileURLToPath(new URL('../../../libs/plugin-sdk/src/index.ts', import.meta.url));

const moduleOf = (name: string): string => `
  import { definePlugin, defineStep } from '${SDK}';
  const step = defineStep({ name: '${name}', input: {}, output: {}, run: () => '${name}' });
  export const plugin = definePlugin({ steps: [step] });`;

const packageOf = (name: string, more: object = {}, version = '1.2.0') => ({
  name,
  version,
  iaModules: { apiVersion: 1, contributions: { steps: [{ name: 'ask', title: 'Ask' }] }, ...more },
});

/** A built module: what it is called with, and what it may use. */
const BUILT = `export const plugin = { contributions: [{ kind: 'step', name: 'ask', run: async (input, ctx) => ({
  input, secrets: ctx.secrets, answer: input.other ? await ctx.plugins.call(input.other, { from: 'a' }) : null }) }] };`;

afterEach(() => vi.unstubAllEnvs());

const summarize = (folder: Folder, enabled?: readonly string[]) => {
  const config = { pluginsDir: './plugins', enabledPlugins: enabled };
  const { found, refused } = discoverPlugins(folder.path, config);
  return {
    found: found.map(({ name, origin }) => [name, origin]),
    refused: refused.map(({ name, reason }) => [name, reason]),
  };
};

describe('plugins', () => {
  it('of a pipeline’s own folder come before those of the path', async () => {
    await using folder = await createFolder({
      'plugins/one.ts': moduleOf('here'),
      'shared/one.ts': moduleOf('there'),
      'shared/two.ts': moduleOf('there'),
      'more/three.ts': moduleOf('more'),
    });
    vi.stubEnv('IA_PLUGINS_PATH', ['./shared', join(folder.path, 'more')].join(delimiter));
    expect(summarize(folder)).toEqual({
      found: [
        ['one', './plugins/one.ts'],
        ['two', './shared/two.ts'],
        ['three', `${folder.path}/more/three.ts`],
      ],
      refused: [['one', './plugins/one.ts has the same name and comes first']],
    });
    expect(summarize(folder, ['two', 'four'])).toEqual({
      found: [['two', './shared/two.ts']],
      refused: [['four', `nothing in ./plugins, ./shared, ${folder.path}/more has this name`]],
    });
  });

  it('of the user’s own replace built-in ones of the same name', async () => {
    await using folder = await createFolder({ 'plugins/weather.ts': moduleOf('mine') });
    const file = await folder.write('main.json', {
      name: 'own',
      plugin_config: { plugins_dir: './plugins' },
      steps: [{ id: 'a', uses: 'weather.mine', timeout: '10s' }],
      outputs: { a: '{{ steps.a.output }}' },
    });
    const { stdout } = await runCommand('run', file, '--json');
    expect(JSON.parse(stdout).outputs).toEqual({ a: 'mine' });
  });

  it('of the path are there without any plugin_config, and a folder that is not is told', async () => {
    await using folder = await createFolder({ 'shared/two.ts': moduleOf('there') });
    vi.stubEnv('IA_PLUGINS_PATH', ['./shared', './nowhere'].join(delimiter));
    const { found, refused } = discoverPlugins(folder.path, undefined);
    expect(found.map(({ name }) => name)).toEqual(['two']);
    expect(refused).toMatchObject([{ name: './nowhere', reason: 'there is no such folder', isFolder: true }]);
  });

  it('that npm installed are found in the nearest node_modules, with a reason for those that are none', async () => {
    await using folder = await createFolder({
      'node_modules/@acme/near/package.json': packageOf('@acme/near'),
      'node_modules/@acme/near/dist/plugin.js': BUILT,
      'node_modules/@acme/plain/package.json': { name: '@acme/plain', version: '1.0.0' },
      'node_modules/@acme/unbuilt/package.json': packageOf('@acme/unbuilt'),
      'node_modules/@acme/wrong/package.json': { ...packageOf('@acme/other'), main: 'x' },
      'node_modules/@acme/trusted/package.json': packageOf('@acme/trusted', { runtime: 'trusted' }),
      'deep/inside/x.json': '{}',
    });
    const { packages } = discoverPlugins(join(folder.path, 'deep/inside'), undefined);
    expect(packages.find('@acme/near')).toMatchObject({ version: '1.2.0', code: { runsIn: 'sandbox' } });
    expect(packages.find('@acme/plain')).toBeUndefined();
    expect(packages.find('../../etc')).toBeUndefined();
    const { found, refused } = packages.list();
    const own = (origin: string): boolean => origin.startsWith(folder.path);
    expect(found.filter(({ origin }) => own(origin)).map(({ name }) => name)).toEqual(['@acme/near']);
    expect(refused.filter(({ origin }) => own(origin)).map(({ name, reason }) => [name, reason])).toEqual([
      ['@acme/trusted', 'only the platform’s own plugins run outside of the sandbox'],
      ['@acme/unbuilt', 'its module dist/plugin.js is missing'],
      ['@acme/wrong', 'its package.json calls it @acme/other'],
    ]);
  });

  it('that need others are refused when those are not installed', async () => {
    await using folder = await createFolder({
      'plugins/a/package.json': packageOf('@acme/a', { dependencies: { '@acme/b': '^2.0.0' } }),
      'plugins/a/dist/plugin.js': BUILT,
      'node_modules/@acme/b/package.json': packageOf('@acme/b'),
      'node_modules/@acme/b/dist/plugin.js': BUILT,
    });
    expect(summarize(folder)).toEqual({ found: [], refused: [['a', expect.stringContaining('@acme/b')]] });
    await folder.write('node_modules/@acme/b/package.json', packageOf('@acme/b', {}, '2.0.1'));
    expect(summarize(folder).found).toEqual([['a', './plugins/a']]);
  });
});

describe('an installed package', () => {
  const files = {
    'node_modules/@acme/a/package.json': packageOf('@acme/a', {
      dependencies: { '@acme/b': '^1.0.0' },
      permissions: { secrets: ['TOKEN'] },
    }),
    'node_modules/@acme/a/dist/plugin.js': BUILT,
    'node_modules/@acme/b/package.json': packageOf('@acme/b', { permissions: { secrets: ['TOKEN'] } }),
    'node_modules/@acme/b/dist/plugin.js': BUILT,
    'secrets.json': { TOKEN: 'tell-nobody' },
  };
  const pipeline = (other?: string) => ({
    name: 'packages',
    plugins: { a: '@acme/a@^1.0.0' },
    steps: [{ id: 'ask', uses: 'a.ask', with: { n: 1, ...(other === undefined ? {} : { other }) }, timeout: '30s' }],
    outputs: { ask: '{{ steps.ask.output }}' },
  });
  const run = async (folder: Folder, definition: object, ...options: readonly string[]) => {
    const file = await folder.write('main.json', definition);
    const secrets = join(folder.path, 'secrets.json');
    const { stdout } = await runCommand('run', file, '--json', '--secrets', secrets, ...options);
    return JSON.parse(stdout);
  };

  it('runs in the sandbox and gets nothing that was not granted', async () => {
    await using folder = await createFolder(files);
    const { outputs } = await run(folder, pipeline());
    expect(outputs.ask).toEqual({ input: { n: 1 }, secrets: {}, answer: null });
  });

  it('gets what its manifest asks for when it is granted, and what it does with it is masked', async () => {
    await using folder = await createFolder(files);
    const { outputs } = await run(folder, pipeline(), '--grant', '@acme/a');
    expect(Object.keys(outputs.ask.secrets)).toEqual(['TOKEN']);
    expect(JSON.stringify(outputs)).not.toContain('tell-nobody');
  });

  it('calls its dependency, which has a grant of its own, and no other', async () => {
    await using folder = await createFolder(files);
    const { outputs } = await run(folder, pipeline('@acme/b#ask'), '--grant', '@acme/a');
    expect(outputs.ask.answer).toEqual({ input: { from: 'a' }, secrets: {}, answer: null });
    const { error } = await run(folder, pipeline('@acme/c#ask'));
    expect(error).toMatchObject({ code: 'IA_PLUGIN_DEPENDENCY' });
  });
});
