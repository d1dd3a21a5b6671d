import { expect, test } from 'vitest';
import { findUnusedCodes, renderErrorReference } from './error-reference.ts';

const CODES = { IA_B_TWO: 'Second | last.', IA_A_ONE: 'First.' };

test('the page lists the codes in order', () => {
  expect(renderErrorReference(CODES)).toMatch(/\| `IA_A_ONE` \| First\. \|\n\| `IA_B_TWO` \| Second \\\| last\. \|\n$/);
});

test('a code that no source names is found', () => {
  const sources = ["throw new PlatformError({ code: 'IA_A_ONE' })", 'IA_B_TWO_MORE'];
  expect(findUnusedCodes(CODES, sources)).toEqual(['IA_B_TWO']);
});
