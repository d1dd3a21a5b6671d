import { expect, test } from 'vitest';
import { chooseMediaType } from './media-types.ts';

test.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  [
    'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
    'application/graphql-response+json',
  ],
  ['application/json;q=0.5, application/graphql-response+json', 'application/graphql-response+json'],
  ['text/event-stream', 'text/event-stream'],
  ['text/html, */*;q=0.1', 'application/json'],
  ['text/html', null],
  ['application/json;q=0', null],
])('of %j', (accept, type) => {
  expect(chooseMediaType(accept)).toBe(type);
});
