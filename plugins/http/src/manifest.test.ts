import { readFileSync } from 'node:fs';
import { contributionsOf, parseManifest } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { plugin } from './index.ts';

const parsed = parseManifest(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

it('declares what the code has, with the schemas that it checks', () => {
  const declared = parsed.ok ? contributionsOf(parsed.manifest).map(({ kind: _kind, ...rest }) => rest) : [];
  expect(declared).toEqual(plugin.contributions.map((contribution) => contribution.describe()));
});
