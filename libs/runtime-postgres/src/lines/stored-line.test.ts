import { expect, test } from 'vitest';
import { cutLine, MAX_LINE_BYTES } from './stored-line.ts';

test.each(['short', 'ü'.repeat(4_096), 'x'.repeat(MAX_LINE_BYTES)])('keeps a line that fits (%#)', (text) => {
  expect(cutLine(text)).toBe(text);
});

test.each(['x'.repeat(MAX_LINE_BYTES + 1), 'ü'.repeat(9_000), '😀'.repeat(5_000)])(
  'cuts a longer one between two characters and shows it (%#)',
  (text) => {
    const cut = cutLine(text);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(MAX_LINE_BYTES);
    expect(cut.endsWith('…')).toBe(true);
    expect(text.startsWith(cut.slice(0, -1))).toBe(true);
    expect(cut.isWellFormed()).toBe(true);
  },
);
