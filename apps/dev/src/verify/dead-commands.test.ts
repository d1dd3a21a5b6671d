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

test('a script, a program and a file that do not exist are found', () => {
  const markdown = 'Run `npm run nothing`.\n```sh\nnpx ia-nothing\nnpx ia-modules run examples/nothing.json\n```\n';
  expect(findDeadCommands(markdown, sources)).toEqual([
    '`npx ia-nothing`: there is no program ia-nothing',
    '`npx ia-modules run examples/nothing.json`: there is no examples/nothing.json',
    '`npm run nothing`: package.json has no script nothing',
  ]);
});
