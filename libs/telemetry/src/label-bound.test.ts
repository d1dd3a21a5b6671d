import { expect, test } from 'vitest';
import { OTHER_LABEL, createLabelBound } from './label-bound.ts';

test('the first values pass and later ones are folded into one', () => {
  const bound = createLabelBound(2);
  expect(['a', 'b', 'c', 'a', 'd', 'b'].map(bound)).toEqual(['a', 'b', OTHER_LABEL, 'a', OTHER_LABEL, 'b']);
});

test('a long value is cut', () => {
  expect(createLabelBound(1)('x'.repeat(1_000))).toHaveLength(100);
});
