import { expect, it } from 'vitest';
import { createRequestKeys } from './request-keys.ts';

it('keeps the key while the same request is sent again', () => {
  const keyFor = createRequestKeys();
  expect(keyFor({ city: 'Oslo' })).toBe(keyFor({ city: 'Oslo' }));
});

it('takes another key for another request', () => {
  const keyFor = createRequestKeys();
  expect(keyFor({ city: 'Oslo' })).not.toBe(keyFor({ city: 'Bergen' }));
});

it('gives two forms two keys for the same request', () => {
  expect(createRequestKeys()({})).not.toBe(createRequestKeys()({}));
});
