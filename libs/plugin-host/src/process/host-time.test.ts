import { describe, expect, it } from 'vitest';
import { createHostTime } from './host-time.ts';

const timeOf = () => {
  const clock = { ms: 1_000 };
  return { clock, time: createHostTime(() => clock.ms) };
};

/** Reads frames of so many milliseconds without a break, and says which part of the time they took. */
const shareOf = (frameMs: number, processes: number): number => {
  const { clock, time } = timeOf();
  const accounts = Array.from({ length: processes }, () => ({ account: time.open(), readableAt: 0 }));
  const end = clock.ms + 600_000;
  let spentMs = 0;
  while (clock.ms < end) {
    for (const reading of accounts) {
      if (reading.readableAt > clock.ms) continue;
      clock.ms += frameMs;
      spentMs += frameMs;
      reading.readableAt = clock.ms + reading.account.spend(frameMs);
    }
    clock.ms += 1;
  }
  return spentMs / 600_000;
};

describe('createHostTime', () => {
  it('gives a process that wants everything a tenth of the time', () => {
    for (const frameMs of [1, 20, 90]) expect(shareOf(frameMs, 1)).toBeLessThanOrEqual(0.105);
    expect(shareOf(20, 1)).toBeGreaterThan(0.08);
  });

  it('gives many of them about as much together', () => {
    for (const processes of [2, 4, 12]) expect(shareOf(20, processes)).toBeLessThan(0.11);
  });

  it('lets a process alone that takes little, or much once in a while', () => {
    const { clock, time } = timeOf();
    const account = time.open();
    const pauses = Array.from({ length: 1_000 }, () => {
      clock.ms += 20;
      return account.spend(1);
    });
    for (let turn = 0; turn < 10; turn++) {
      clock.ms += 1_000;
      pauses.push(account.spend(45));
    }
    expect(Math.max(...pauses)).toBe(0);
  });

  it('lets a process alone that does what the host asks of it, however often', () => {
    const { clock, time } = timeOf();
    const account = time.open();
    const pauses = Array.from({ length: 10_000 }, () => {
      account.credit();
      clock.ms += 0.4;
      return account.spend(0.2);
    });
    expect(Math.max(...pauses)).toBe(0);
  });

  it('holds one frame against a process for no longer than a second', () => {
    const { time } = timeOf();
    expect(time.open().spend(60_000)).toBe(1_000);
  });
});
