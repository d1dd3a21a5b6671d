import { describe, expect, it } from 'vitest';
import { printedDistance, printedDuration } from './printed-time.ts';

describe('printedDuration', () => {
  it.each([
    [0, '0ms'],
    [850, '850ms'],
    [1000, '1s'],
    [1290, '1.2s'],
    [60_000, '1m'],
    [184_000, '3m 4s'],
    [3_600_000, '1h'],
    [190_800_000, '2d 5h'],
  ])('prints %d ms as %s', (durationMs, text) => {
    expect(printedDuration(durationMs)).toBe(text);
  });
});

it('tells how far an instant is, in its largest unit', () => {
  const nowMs = Date.parse('2026-11-23T09:00:00Z');
  expect(printedDistance('2026-11-23T08:56:30Z', nowMs)).toBe('3m ago');
  expect(printedDistance('2026-11-25T09:00:00Z', nowMs)).toBe('in 2d');
  expect(printedDistance('2026-11-23T09:00:00Z', nowMs)).toBe('1s ago');
});
