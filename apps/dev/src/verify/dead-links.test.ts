import { expect, test } from 'vitest';
import { findDeadLinks } from './dead-links.ts';

const folder = import.meta.dirname;

test('links to files, sections and other sites are fine', () => {
  const markdown = '[a](dead-links.ts) [b](#here) [c](../verify/dead-links.ts#there) [d](https://example.com/nothing)';
  expect(findDeadLinks(markdown, folder)).toEqual([]);
});

test('a link to a file that is not there is found', () => {
  expect(findDeadLinks('![picture](images/none.png) and [a page](none.md#part)', folder)).toEqual([
    'the link to images/none.png leads nowhere',
    'the link to none.md#part leads nowhere',
  ]);
});
