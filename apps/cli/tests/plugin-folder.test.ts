import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../src/testing.ts';
import { createFolder, runProcess } from './run-command.ts';

const SDK = fileURLToPath(new URL('../../../libs/plugin-sdk/src/index.ts', import.meta.url));

const packageJson = (name: string) => ({
  name: `@community/${name}`,
  version: '1.0.0',
  iaModules: {
    apiVersion: 1,
    contributions: {
      steps: [
        {
          name: 'forecast',
          title: 'Forecast',
          input: {
            type: 'object',
            properties: { city: { type: 'string' } },
            required: ['city'],
            additionalProperties: false,
          },
        },
      ],
    },
  },
});

const moduleOf = (greeting: string): string => `
  import { definePlugin, defineStep } from '${SDK}';
  const forecast = defineStep({ name: 'forecast', input: {}, output: {}, run: ({ city }) => '${greeting} ' + city });
  export const plugin = definePlugin({ steps: [forecast] });`;

const FILES = {
  'plugins/weather/package.json': packageJson('weather'),
  'plugins/weather/dist/plugin.js': moduleOf('sunny in'),
  'plugins/unbuilt/package.json': packageJson('unbuilt'),
  'plugins/unbuilt/src/plugin.ts': moduleOf('unbuilt in'),
  'plugins/single.ts': moduleOf('rain in'),
  'plugins/single.test.ts': 'throw new Error("a test");',
  'plugins/empty.ts': 'export const nothing = 1;',
  'plugins/broken.ts': 'export const = 1;',
  'plugins/incomplete/package.json': packageJson('incomplete'),
  'plugins/plain/package.json': { name: 'plain' },
  'plugins/bare/readme.md': 'nothing here',
  'plugins/core.ts': moduleOf('core in'),
  'plugins/Upper.ts': moduleOf('upper in'),
  'plugins/.hidden.ts': moduleOf('hidden in'),
};

type Finding = { readonly code: string; readonly severity: string; readonly message: string };
type Step = { readonly id: string; readonly uses: string; readonly with?: object };

const pipelineOf = (steps: readonly Step[], enabled?: readonly string[], directory = './plugins') => ({
  name: 'local',
  plugin_config: { plugins_dir: directory, ...(enabled === undefined ? {} : { enabled_plugins: enabled }) },
  steps,
  outputs: Object.fromEntries(steps.map(({ id }) => [id, `{{ steps.${id}.output }}`])),
});

const step = (plugin: string): Step => ({ id: plugin, uses: `${plugin}.forecast`, with: { city: 'Ulm' } });

describe('the plugins of a folder', () => {
  it('run in the process of the command line', async () => {
    await using folder = await createFolder(FILES);
    const names = ['weather', 'unbuilt', 'single'];
    const file = await folder.write('pipeline.json', pipelineOf(names.map(step), names));
    const { code, stdout, stderr } = await runCommand('run', file);
    expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toEqual({
      weather: 'sunny in Ulm',
      unbuilt: 'unbuilt in Ulm',
      single: 'rain in Ulm',
    });
    expect(stderr).toContain('plugin weather: ./plugins/weather (forecast)\n');
    expect(stderr).toContain('plugin single: ./plugins/single.ts (forecast)\n');
    expect(code).toBe(0);
  });

  it('are all taken when none is named, and a warning says what is no plugin', async () => {
    await using folder = await createFolder(FILES);
    const file = await folder.write('pipeline.json', pipelineOf([step('single')]));
    const { code, stdout } = await runCommand('validate', file, '--json');
    const { diagnostics } = JSON.parse(stdout).files[0];
    const about = diagnostics.filter(({ code: found }: Finding) => found === 'IA_PIPELINE_PLUGIN');
    expect(about.map(({ message }: Finding) => message)).toEqual([
      "'Upper' is no plugin that can be used: pipelines could not name it.",
      "'bare' is no plugin that can be used: it has no package.json that can be read.",
      expect.stringMatching(/^'broken' is no plugin that can be used: \.\/plugins\/broken\.ts can not be parsed: /),
      "'core' is no plugin that can be used: the name belongs to the platform’s own steps.",
      "'empty' is no plugin that can be used: it exports no plugin.",
      "'incomplete' is no plugin that can be used: its module dist/plugin.js is missing.",
      expect.stringMatching(/^'plain' is no plugin that can be used: its package\.json is no plugin’s: /),
    ]);
    expect(about[0]).toMatchObject({ severity: 'warning', path: '$.plugin_config.plugins_dir', line: 4, column: 20 });
    expect(code).toBe(0);
  });

  it('must be there when they are named', async () => {
    await using folder = await createFolder(FILES);
    const file = await folder.write('pipeline.json', pipelineOf([step('weather')], ['weather', 'singel', 'plain']));
    const { code, stdout } = await runCommand('validate', file, '--json');
    const errors = JSON.parse(stdout).files[0].diagnostics.filter(({ severity }: Finding) => severity === 'error');
    expect(errors).toMatchObject([
      {
        code: 'IA_PIPELINE_PLUGIN',
        severity: 'error',
        path: '$.plugin_config.enabled_plugins[1]',
        line: 7,
        hint: "Did you mean 'single'?",
      },
      { code: 'IA_PIPELINE_PLUGIN', severity: 'error', path: '$.plugin_config.enabled_plugins[2]', line: 8 },
    ]);
    expect(code).toBe(1);
    expect((await runCommand('run', file, '--json')).code).toBe(1);
  });

  it('need a folder that is there', async () => {
    await using folder = await createFolder();
    const file = await folder.write(
      'pipeline.json',
      pipelineOf([{ id: 'a', uses: 'core.noop' }], undefined, './nowhere'),
    );
    const { stdout } = await runCommand('validate', file, '--json');
    expect(JSON.parse(stdout).files[0]).toMatchObject({
      valid: false,
      diagnostics: [
        { severity: 'error', message: 'The plugins folder ./nowhere can not be used: there is no such folder.' },
      ],
    });
  });

  it('are checked by their manifests: what they contribute, and what it takes', async () => {
    await using folder = await createFolder(FILES);
    const steps = [
      { id: 'a', uses: 'weather.forcast', with: { city: 'Ulm' } },
      { id: 'b', uses: 'weather.forecast', with: { town: 'Ulm' } },
      { id: 'c', uses: 'single.forcast' },
    ];
    const file = await folder.write('pipeline.json', pipelineOf(steps, ['weather', 'single']));
    const { stdout } = await runCommand('validate', file);
    expect(stdout).toContain("hint: Did you mean 'weather.forecast'?");
    expect(stdout).toContain("hint: Did you mean 'single.forecast'?");
    expect(stdout).toContain('IA_PIPELINE_WITH');
  });

  it.each([
    [
      `import { definePlugin, defineStep } from '${SDK}';
       export const plugin = definePlugin({ steps: [defineStep({ name: 'forecast', output: {}, run: () => 1 })] });`,
      'IA_PLUGIN_SCHEMA',
      'The plugin ./plugins/bare.ts can not be loaded: The step "forecast" has no schema for its input.',
      'Give it one, of zod or as JSON Schema; input: {} takes everything.',
    ],
    [
      `import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';
       export const plugin = definePlugin({ steps: [defineStep({ name: 'forecast', input: {}, output: {}, run: () => 1 })] });`,
      'IA_PLUGIN_FAILED',
      "can not be loaded: Cannot find package '@ia-modules/plugin-sdk'",
      "Install @ia-modules/plugin-sdk in the plugin's folder or above it.",
    ],
  ])('that can not be loaded say what to do', async (module, code, message, hint) => {
    await using folder = await createFolder({ 'plugins/bare.ts': module });
    const file = await folder.write('main.json', pipelineOf([{ id: 'a', uses: 'bare.forecast' }]));
    const { stdout } = await runProcess('run', file, '--json');
    const { error } = JSON.parse(stdout);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message), hint });
  });

  it('that can not be loaded fail the step, not the command', async () => {
    await using folder = await createFolder({
      'plugins/late.ts': `export const plugin = JSON.parse('{}'); export default {};`,
      'plugins/thrower.js': `export const plugin = null; throw new Error('no database');`,
    });
    const steps = ['late', 'thrower'].map((name) => ({ ...step(name), on_error: 'continue' }));
    const file = await folder.write('pipeline.json', { ...pipelineOf(steps), outputs: {} });
    const { stdout } = await runCommand('run', file, '--json');
    expect(JSON.parse(stdout).steps).toMatchObject({
      late: {
        error: { code: 'IA_PLUGIN_FAILED', message: 'The module of the plugin ./plugins/late.ts exports no plugin.' },
      },
      thrower: { error: { code: 'IA_PLUGIN_FAILED', message: expect.stringContaining('no database') } },
    });
  });
});
