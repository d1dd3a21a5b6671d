import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from './system-clock.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

describe('createSystemClock', () => {
  it('tells the time and sleeps for as long as it is asked to', async () => {
    const clock = createSystemClock(new AbortController().signal);
    const woken = clock.sleep(500).then(() => clock.now());
    await vi.advanceTimersByTimeAsync(500);
    await expect(woken).resolves.toBe(1_500);
  });

  it('wakes with the reason of the signal', async () => {
    const controller = new AbortController();
    const sleeping = createSystemClock(controller.signal).sleep(1_000_000);
    controller.abort(new Error('canceled'));
    await expect(sleeping).rejects.toThrow('canceled');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not fall asleep in a call that is over', async () => {
    await expect(createSystemClock(AbortSignal.abort(new Error('over'))).sleep(1)).rejects.toThrow('over');
  });
});
