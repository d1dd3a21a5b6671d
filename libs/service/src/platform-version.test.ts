import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PLATFORM_VERSION } from './platform-version.ts';

it('is the version of the repository', () => {
  const root = new URL('../../../package.json', import.meta.url);
  expect((JSON.parse(readFileSync(root, 'utf8')) as { readonly version: string }).version).toBe(PLATFORM_VERSION);
});
