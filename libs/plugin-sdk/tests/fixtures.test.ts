import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definePlugin, defineStep, defineTransform, PluginError } from '@ia-modules/plugin-sdk';
import { createTestPlatform, fixtureSchema, loadFixtures, runFixture } from '@ia-modules/plugin-sdk/testing';

const greet = defineStep({
  name: 'greet',
  input: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  output: { type: 'object' },
  run: async ({ name }, ctx) => {
    ctx.logger.info(`greeting ${name}`);
    await ctx.clock.sleep(90_000);
    ctx.cost(0.1);
    ctx.cost(0.2);
    if (name === 'nobody') throw new PluginError({ name: 'NobodyError', message: 'There is nobody to greet.' });
    const response = await ctx.fetch('https://api.example.com/hello', { headers: { key: ctx.secrets['KEY'] ?? '' } });
    ctx.logger.info('done');
    return { greeting: `${await response.text()} ${name}`, at: new Date(ctx.clock.now()).toISOString() };
  },
});
const upper = defineTransform({ name: 'upper', transform: ({ value }) => JSON.stringify(value).toUpperCase() });
const platform = createTestPlatform({
  plugin: definePlugin({ steps: [greet], transforms: [upper] }),
  grant: { net: ['api.example.com'], secrets: ['KEY'] },
});

const hello = {
  name: 'greets',
  kind: 'step',
  contribution: 'greet',
  input: { name: 'Ada' },
  secrets: { KEY: 'abcd' },
  http: [
    {
      request: { method: 'GET', url: 'https://api.example.com/hello', headers: { key: '***' } },
      response: { status: 200, body: 'Hello' },
    },
  ],
  now: '2026-12-24T18:00:00Z',
  expect: {
    output: { greeting: 'Hello Ada', at: '2026-12-24T18:01:30.000Z' },
    logs: ['greeting', 'done'],
    costUsd: 0.3,
  },
};
const failuresOf = async (change: object) => {
  const { failures } = await runFixture(platform, fixtureSchema.parse({ ...hello, ...change }));
  return failures;
};

describe('runFixture', () => {
  it('finds nothing where all is as expected', async () => {
    expect(await failuresOf({})).toEqual([]);
    expect(
      await failuresOf({ kind: 'transform', contribution: 'upper', input: { value: 'a' }, expect: { output: '"A"' } }),
    ).toEqual([]);
    const error = { code: 'IA_PLUGIN_FAILED', name: 'NobodyError', message: 'nobody to greet' };
    expect(await failuresOf({ input: { name: 'nobody' }, expect: { error } })).toEqual([]);
  });

  it('says in what the outcome is other than expected', async () => {
    expect(await failuresOf({ expect: { output: 1, logs: ['done', 'greeting'], costUsd: 1 } })).toEqual([
      'its output is {"greeting":"Hello Ada","at":"2026-12-24T18:01:30.000Z"} instead of 1',
      'no log line says "greeting" after the ones before',
      expect.stringMatching(/^it cost 0\.3\d* US dollars instead of 1$/),
    ]);
    expect(await failuresOf({ expect: { error: { code: 'IA_PLUGIN_FAILED' } } })).toEqual([
      expect.stringContaining('instead of the error {"code":"IA_PLUGIN_FAILED"}'),
    ]);
    expect(await failuresOf({ input: {}, expect: { output: 1 } })).toEqual([
      expect.stringContaining('it failed with IA_PLUGIN_INPUT (ValidationError)'),
    ]);
    const error = { code: 'IA_PLUGIN_LIMIT', name: 'OtherError', message: 'somebody' };
    expect(await failuresOf({ input: { name: 'nobody' }, expect: { error } })).toEqual([
      'its error is IA_PLUGIN_FAILED instead of IA_PLUGIN_LIMIT',
      'its error is a NobodyError instead of a OtherError',
      'its error says "There is nobody to greet.", which does not have "somebody" in it',
    ]);
  });
});

describe('loadFixtures', () => {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'fixtures-'))));
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the files of a folder in the order of their names', async () => {
    await writeFile(join(folder, 'b.json'), JSON.stringify({ ...hello, name: 'b' }));
    await writeFile(join(folder, 'a.json'), JSON.stringify({ ...hello, name: 'a' }));
    await writeFile(join(folder, 'notes.md'), '');
    const fixtures = await loadFixtures(folder);
    expect(fixtures.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('names the file and all that is wrong with it', async () => {
    await writeFile(
      join(folder, 'c.json'),
      JSON.stringify({ ...hello, kind: 'stage', expect: { output: 1, error: {} } }),
    );
    await expect(loadFixtures(folder)).rejects.toMatchObject({
      code: 'IA_PLUGIN_FIXTURE',
      message: expect.stringMatching(
        /c\.json is not valid: kind: .*; expect: must have an output or an error/,
      ) as string,
    });
    await writeFile(join(folder, 'c.json'), '{');
    await expect(loadFixtures(folder)).rejects.toMatchObject({ code: 'IA_PLUGIN_FIXTURE' });
  });
});
