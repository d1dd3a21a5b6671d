import { expect, it } from 'vitest';
import { createRealClock, createVirtualClock } from './memory-clock.ts';

const HOUR_MS = 3_600_000;

it('jumps from timer to timer, in their order', () => {
  const clock = createVirtualClock(0);
  const fired: string[] = [];
  const schedule = (key: string, fireAt: number): void =>
    clock.schedule({ key, fireAt }, () => fired.push(`${key} at ${clock.now()}`));
  schedule('late', 3 * HOUR_MS);
  schedule('early', HOUR_MS);
  schedule('gone', 2 * HOUR_MS);
  schedule('same', HOUR_MS);
  clock.cancel('gone');
  while (clock.isPending()) expect(clock.advance()).toBe(true);
  expect(fired).toEqual([`early at ${HOUR_MS}`, `same at ${HOUR_MS}`, `late at ${3 * HOUR_MS}`]);
  expect(clock.advance()).toBe(false);
  clock.close();
});

it('does not go back for a timer in the past', () => {
  const clock = createVirtualClock(HOUR_MS);
  clock.schedule({ key: 'past', fireAt: 5 }, () => undefined);
  expect(clock.advance()).toBe(true);
  expect(clock.now()).toBe(HOUR_MS);
  clock.close();
});

it('reaches a later time, never an earlier one', () => {
  const clock = createVirtualClock(0);
  clock.reach(HOUR_MS);
  clock.reach(5);
  expect(clock.now()).toBe(HOUR_MS);
  clock.close();
});

it('replaces a timer of the same key', () => {
  const clock = createVirtualClock(0);
  const fired: string[] = [];
  clock.schedule({ key: 'k', fireAt: HOUR_MS }, () => fired.push('first'));
  clock.schedule({ key: 'k', fireAt: 2 * HOUR_MS }, () => fired.push('second'));
  while (clock.advance());
  expect(fired).toEqual(['second']);
  clock.close();
});

it('keeps to the order of time after many timers were canceled', () => {
  const clock = createVirtualClock(0);
  const fired: number[] = [];
  for (let index = 0; index < 10_000; index += 1) {
    clock.schedule({ key: `t${index}`, fireAt: 10_000 - index }, () => fired.push(10_000 - index));
    if (index % 1_000 !== 0) clock.cancel(`t${index}`);
  }
  while (clock.advance());
  expect(fired).toEqual([1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000]);
  clock.close();
});

it('waits for nothing but limits no longer', () => {
  for (const clock of [createVirtualClock(0), createRealClock()]) {
    clock.schedule({ key: 'limit', fireAt: clock.now() + HOUR_MS, isLimit: true }, () => undefined);
    expect(clock.isPending()).toBe(false);
    expect(clock.advance()).toBe(false);
    clock.schedule({ key: 'wait', fireAt: clock.now() + HOUR_MS }, () => undefined);
    expect(clock.isPending()).toBe(true);
    clock.cancel('wait');
    clock.cancel('unknown');
    expect(clock.isPending()).toBe(false);
    clock.close();
  }
});

it('lets time pass by itself too, while something works', async () => {
  const clock = createVirtualClock(0);
  const fired = await new Promise<number>((resolve) => {
    clock.schedule({ key: 'soon', fireAt: 1 }, () => resolve(clock.now()));
  });
  expect(fired).toBe(1);
  clock.close();
});

it('shows real time', () => {
  const clock = createRealClock();
  const before = Date.now();
  clock.reach(before + HOUR_MS);
  expect(clock.now() - before).toBeLessThan(HOUR_MS);
  clock.close();
});
