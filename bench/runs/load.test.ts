import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { applyLoad } from './load.ts';

test('keeps as many runs going as asked, and counts each of them', async () => {
  let going = 0;
  let most = 0;
  const load = await applyLoad(
    async () => {
      going += 1;
      most = Math.max(most, going);
      await nextTurn();
      going -= 1;
      return { endMs: 4, firstEventMs: 2 };
    },
    { atOnce: 3, seconds: 0 },
  );
  expect({ most, runs: load.runs, atOnce: load.atOnce }).toEqual({ most: 3, runs: 3, atOnce: 3 });
  expect(load.endMs.median).toBe(4);
  expect(load.firstEventMs?.median).toBe(2);
});

test('tells of no first event where nobody hears of one', async () => {
  const load = await applyLoad(async () => ({ endMs: 1 }), { atOnce: 1, seconds: 0 });
  expect(load.firstEventMs).toBeUndefined();
});

test('fails with the run that fails, when the others have ended', async () => {
  let ended = 0;
  let started = 0;
  const failing = applyLoad(
    async () => {
      started += 1;
      if (started === 1) throw new Error('the first one breaks');
      await nextTurn();
      ended += 1;
      return { endMs: 1 };
    },
    { atOnce: 3, seconds: 60 },
  );
  await expect(failing).rejects.toThrow('the first one breaks');
  expect(ended).toBe(2);
});
