import { expect, it } from 'vitest';
import { didYouMean, suggest } from './suggest.ts';

it('finds the nearest name', () => {
  expect(suggest('fetsh', ['score', 'fetch', 'fetched'])).toBe('fetch');
  expect(didYouMean('Timeout', ['timeout', 'retry'])).toBe("Did you mean 'timeout'?");
});

it('stays silent when nothing is near', () => {
  expect(suggest('abc', ['xyz', 'a-much-longer-name'])).toBeUndefined();
  expect(didYouMean('abc', [])).toBeUndefined();
});

it('looks at a bounded number of names', () => {
  const many = Array.from({ length: 5_000 }, (_, index) => `step${index}`);
  expect(suggest('step-x', [...many, 'step-y'])).not.toBe('step-y');
});
