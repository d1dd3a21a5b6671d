import path from 'node:path';
import { expect, test } from 'vitest';
import { findDeadCommands } from './dead-commands.ts';

const sources = {
  root: path.resolve(import.meta.dirname, '../../../..'),
  scripts: { start: '', test: '' },
  programs: ['ia-modules'],
};

test('commands that exist are fine, in blocks and in text', () => {
  const markdown = 'Run `npm test`.\n```sh\nnpm start\nnpm ci\nnpx ia-modules --help\n```\n';
  expect(findDeadCommands(markdown, sources)).toEqual([]);
});

test('a script of a workspace is looked for there', () => {
  const run = (script: string, workspace: string) => findDeadCommands(`\`npm run ${script} -w ${workspace}\``, sources);
  expect(run('build', 'libs/plugin-sdk')).toEqual([]);
  expect(run('start', 'libs/plugin-sdk')).toEqual([
    '`npm run start -w libs/plugin-sdk`: libs/plugin-sdk/package.json has no script start',
  ]);
  expect(run('build', 'libs/nothing')).toHaveLength(1);
});

test('a script, a program and a file that do not exist are found', () => {
  const markdown = 'Run `npm run nothing`.\n```sh\nnpx ia-nothing\nnpx ia-modules run examples/nothing.json\n```\n';
  expect(findDeadCommands(markdown, sources)).toEqual([
    '`npx ia-nothing`: there is no program ia-nothing',
    '`npx ia-modules run examples/nothing.json`: there is no examples/nothing.json',
    '`npm run nothing`: package.json has no script nothing',
  ]);
});
