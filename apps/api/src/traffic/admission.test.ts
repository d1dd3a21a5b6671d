import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Admission } from './admission.ts';

const SETTINGS = { maxRunning: 4, maxRunningPerCaller: 2, maxWaiting: 5, maxWaitingPerCaller: 3, maxWaitMs: 1_000 };

const enterAll = (admission: Admission, keys: readonly string[]) => {
  const started: string[] = [];
  const releases: (() => void)[] = [];
  const refused: unknown[] = [];
  for (const key of keys) {
    void (async () => {
      try {
        releases.push(await admission.enter(key));
        started.push(key);
      } catch (error) {
        refused.push(error);
      }
    })();
  }
  return { started, releases, refused };
};

describe('Admission', () => {
  it('keeps room for others beside a caller who floods', async () => {
    const { started } = enterAll(new Admission(SETTINGS), ['a', 'a', 'a', 'a', 'b']);
    await turn();
    expect(started).toEqual(['a', 'a', 'b']);
  });

  it('lets callers take turns', async () => {
    const { started, releases } = enterAll(new Admission({ ...SETTINGS, maxRunning: 1 }), ['a', 'a', 'a', 'b', 'c']);
    for (let index = 0; index < 5; index += 1) {
      await turn();
      releases[index]?.();
    }
    await turn();
    expect(started).toEqual(['a', 'a', 'b', 'c', 'a']);
  });

  it('refuses what would wait behind too many', async () => {
    const admission = new Admission(SETTINGS);
    const { refused } = enterAll(admission, ['a', 'a', 'a', 'a', 'a', 'a', 'b', 'b', 'b', 'b', 'c', 'd']);
    await turn();
    expect(refused).toMatchObject([
      { code: 'IA_API_BUSY', details: { status: 429 } },
      { code: 'IA_API_BUSY', details: { status: 503 } },
      { code: 'IA_API_BUSY', details: { status: 503 } },
    ]);
  });

  it('refuses what has waited for too long, and goes on', async () => {
    vi.useFakeTimers();
    const admission = new Admission({ ...SETTINGS, maxRunning: 1 });
    const { refused, releases } = enterAll(admission, ['a', 'b']);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(refused).toMatchObject([{ code: 'IA_API_BUSY' }]);
    releases[0]?.();
    expect(admission.enter('b')).toBeTypeOf('function');
  });
});
