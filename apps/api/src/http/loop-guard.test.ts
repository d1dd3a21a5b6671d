import { expect, test } from 'vitest';
import { LoopGuard } from './loop-guard.ts';

const guarded = () => {
  let nowMs = 0;
  const guard = new LoopGuard({ now: () => nowMs, isTicking: false });
  return {
    /** One tick of the loop with so many requests of each caller; how many are let in. */
    turn: (lateMs: number, callers: Readonly<Record<string, number>>) => {
      const admitted: Record<string, number> = {};
      for (const [key, count] of Object.entries(callers)) {
        admitted[key] = Array.from({ length: count }, () => guard.admit(key)).filter(Boolean).length;
      }
      nowMs += 100 + lateMs;
      guard.tick();
      return admitted;
    },
  };
};

test('a late moment refuses nobody', () => {
  const { turn } = guarded();
  for (const lateMs of [2_000, 0, 1_000, 0, 500]) expect(turn(lateMs, { a: 5_000 })).toEqual({ a: 5_000 });
});

test('who floods gets less and less until the loop keeps up, others go on, and it ends by itself', () => {
  const { turn } = guarded();
  const load = { flood: 1_000, quiet: 20 };
  for (let index = 0; index < 3; index += 1) turn(600, load);
  const first = turn(600, load);
  const second = turn(600, load);
  expect(first).toEqual({ flood: 700, quiet: 20 });
  expect(second['flood']).toBeLessThan(first['flood'] ?? 0);
  for (let index = 0; index < 30; index += 1) turn(600, load);
  expect(turn(600, load)).toEqual({ flood: 25, quiet: 20 });
  for (let index = 0; index < 40; index += 1) turn(0, { quiet: 20 });
  expect(turn(0, load)).toEqual(load);
});
