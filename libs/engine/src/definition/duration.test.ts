import { expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

it.each([
  ['200ms', 200],
  ['30s', 30_000],
  ['1.5s', 1_500],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
  ['P2D', 172_800_000],
  ['PT5M', 300_000],
  ['P1W', 604_800_000],
  ['P1DT1H1M1.5S', 90_061_500],
  ['0s', 0],
])('reads %s', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

it.each(['', '5', 's', '5 s', '-5s', 'P', 'PT', 'P1Y', '1e3s', '99999d', '1'.repeat(70) + 's'])(
  'refuses %s',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
