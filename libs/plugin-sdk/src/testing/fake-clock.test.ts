import { describe, expect, it } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

describe('createFakeClock', () => {
  it('stands still until it is told otherwise', async () => {
    const clock = createFakeClock(1_000);
    expect(clock.now()).toBe(1_000);
    await clock.advance(500);
    expect(clock.now()).toBe(1_500);
  });

  it('wakes sleepers in the order of their times, each at its own', async () => {
    const clock = createFakeClock();
    const woken: string[] = [];
    const wake = (name: string) => () => void woken.push(`${name} ${clock.now()}`);
    const all = [clock.sleep(30).then(wake('c')), clock.sleep(10).then(wake('a')), clock.sleep(10).then(wake('b'))];
    expect(clock.sleepers()).toBe(3);
    await clock.advance(29);
    expect(woken).toEqual(['a 10', 'b 10']);
    await clock.advance(1);
    await Promise.all(all);
    expect(woken).toEqual(['a 10', 'b 10', 'c 30']);
  });

  it('wakes who falls asleep again meanwhile', async () => {
    const clock = createFakeClock();
    const times: number[] = [];
    const loop = async (): Promise<void> => {
      for (let turn = 0; turn < 3; turn++) {
        await clock.sleep(10);
        times.push(clock.now());
      }
    };
    const running = loop();
    await clock.advance(30);
    await running;
    expect(times).toEqual([10, 20, 30]);
  });

  it('moves on by itself when it is automatic', async () => {
    const clock = createFakeClock(0, { isAutomatic: true });
    const order: number[] = [];
    await Promise.all([5_000, 1_000, 3_000].map((ms) => clock.sleep(ms).then(() => order.push(ms))));
    expect(order).toEqual([1_000, 3_000, 5_000]);
    expect(clock.now()).toBe(5_000);
  });

  it('wakes the sleepers of a canceled call with its reason', async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const sleeping = clock.forCall(controller.signal).sleep(10);
    controller.abort(new Error('canceled'));
    await expect(sleeping).rejects.toThrow('canceled');
    await expect(clock.forCall(controller.signal).sleep(10)).rejects.toThrow('canceled');
    expect(clock.sleepers()).toBe(0);
  });
});
