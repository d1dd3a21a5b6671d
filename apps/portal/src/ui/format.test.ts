import { describe, expect, it } from 'vitest';
import { formatDuration, formatRelativeTime } from './format.ts';

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [84.4, '84 ms'],
    [2_310, '2.31 s'],
    [31_250, '31.3 s'],
    [185_000, '3 min 5 s'],
    [7_380_000, '2 h 3 min'],
  ])('writes %d ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

describe('formatRelativeTime', () => {
  const now = new Date('2026-05-04T12:00:00Z');
  it.each([
    ['2026-05-04T11:59:58Z', 'just now'],
    ['2026-05-04T11:59:20Z', '40 seconds ago'],
    ['2026-05-04T11:30:00Z', '30 minutes ago'],
    ['2026-05-04T09:00:01Z', '2 hours ago'],
    ['2026-05-03T11:00:00Z', 'yesterday'],
    ['2026-06-03T12:00:00Z', 'in 30 days'],
  ])('says of %s: %s', (at, text) => {
    expect(formatRelativeTime(new Date(at), now)).toBe(text);
  });
});
