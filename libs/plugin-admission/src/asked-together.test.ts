import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createAskedTogether } from './asked-together.ts';

it('reads what is asked in one turn at once, and answers each its own', async () => {
  const batches: (readonly number[])[] = [];
  const ask = createAskedTogether(async (questions: readonly number[]) => {
    batches.push(questions);
    return questions.map((question) => question * 10);
  });
  expect(await Promise.all([ask(1), ask(2), ask(1)])).toEqual([10, 20, 10]);
  expect(await ask(3)).toBe(30);
  expect(batches).toEqual([[1, 2, 1], [3]]);
});

it('answers nothing that is asked while a reading is under way with that reading', async () => {
  const readings: PromiseWithResolvers<readonly string[]>[] = [];
  const ask = createAskedTogether<string, string>(() => {
    const reading = Promise.withResolvers<readonly string[]>();
    readings.push(reading);
    return reading.promise;
  });
  const early = ask('a');
  await nextTurn();
  const late = ask('a');
  await nextTurn();
  expect(readings).toHaveLength(2);
  readings[1]?.resolve(['new']);
  readings[0]?.resolve(['old']);
  expect([await early, await late]).toEqual(['old', 'new']);
});

it('fails all that were asked together, and only those', async () => {
  let isAway = true;
  const ask = createAskedTogether(async (questions: readonly string[]) => {
    if (isAway) throw new Error('away');
    return questions;
  });
  const both = await Promise.allSettled([ask('a'), ask('b')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  expect(await ask('a')).toBe('a');
});
