import { PlatformError } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import type { HealthCall } from '../plugin-call.ts';
import { createCrashBackoff } from './crash-backoff.ts';

const reason = new PlatformError({ code: 'IA_PLUGIN_LIMIT', message: 'gone', fault: 'plugin' });
const callOf = (tenantId: string, version = '1.0.0') =>
  ({ tenantId, plugin: { name: '@a/b', version, integrity: 'sha512-x' } }) as HealthCall;
const CALL = callOf('a');

const backoffOf = () => {
  const clock = { ms: 0 };
  const backoff = createCrashBackoff(() => clock.ms);
  const endTimes = (times: number): void => {
    for (let i = 0; i < times; i++) backoff.enter(CALL)(reason);
  };
  const waits = (call = CALL): boolean => {
    try {
      backoff.enter(call);
      return false;
    } catch {
      return true;
    }
  };
  return { clock, backoff, endTimes, waits };
};

describe('createCrashBackoff', () => {
  it('lets a process end twice', () => {
    const { endTimes, waits } = backoffOf();
    endTimes(2);
    expect(waits()).toBe(false);
  });

  it('lets a plugin wait from the third end in a row on, longer each time, up to half a minute', () => {
    const { clock, endTimes, waits } = backoffOf();
    endTimes(2);
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      endTimes(1);
      clock.ms += waitMs - 1;
      expect(waits()).toBe(true);
      clock.ms += 1;
      expect(waits()).toBe(false);
    }
  });

  it('says why, and when to try again', () => {
    const { backoff, endTimes } = backoffOf();
    endTimes(3);
    expect(() => backoff.enter(CALL)).toThrow(
      expect.objectContaining({
        code: 'IA_PLUGIN_CRASHED',
        disposition: 'retry',
        hint: expect.stringContaining('in 1 s'),
        details: { because: 'IA_PLUGIN_LIMIT', ends: 3, waitMs: 1_000 },
      }),
    );
  });

  it('starts over after an answer, and after ten seconds', () => {
    const { clock, backoff, endTimes, waits } = backoffOf();
    endTimes(2);
    backoff.noteAnswer(CALL);
    endTimes(2);
    clock.ms += 10_001;
    endTimes(2);
    expect(waits()).toBe(false);
  });

  it('takes processes that ran side by side and end one after the other for one end', () => {
    const { clock, backoff, waits } = backoffOf();
    const ends = Array.from({ length: 5 }, () => backoff.enter(CALL));
    for (const end of ends) {
      clock.ms += 1;
      end(reason);
    }
    expect(waits()).toBe(false);
  });

  it('is about one tenant and one version', () => {
    const { endTimes, waits } = backoffOf();
    endTimes(3);
    expect([waits(callOf('b')), waits(callOf('a', '1.0.1')), waits()]).toEqual([false, false, true]);
  });

  it('remembers a bounded number of plugins', () => {
    const { backoff, endTimes, waits } = backoffOf();
    endTimes(3);
    for (let i = 0; i < 1_000; i++) backoff.enter(callOf(`tenant-${i}`))(reason);
    expect(waits()).toBe(false);
  });
});
