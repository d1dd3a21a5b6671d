import { expect, it } from 'vitest';
import { createScrub } from '../scrub.ts';
import { safeVerdict } from './safe-verdict.ts';

const scrub = createScrub(['s3cret-value'], {});

it('passes on whether a value is valid', () => {
  for (const verdict of [true, false, { valid: true }]) expect(safeVerdict(verdict, scrub)).toEqual(verdict);
});

it('makes what is wrong safe to show, and bounds it', () => {
  const error = { path: '$.a\u001b[2J', message: `no s3cret-value \u202e${'m'.repeat(5_000)}` };
  const verdict = safeVerdict({ valid: false, errors: Array.from({ length: 500 }, () => error) }, scrub);
  const { errors } = verdict as { readonly errors: readonly { readonly path: string; readonly message: string }[] };
  expect(errors).toHaveLength(100);
  expect(errors[0]?.path).toBe('$.a\ufffd[2J');
  expect(errors[0]?.message).toMatch(/^no \*\*\* \ufffdm+$/);
  expect(errors[0]?.message).toHaveLength(2_000);
});
