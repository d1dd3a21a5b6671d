import { describe, expect, it } from 'vitest';
import { createKeyedLock } from './keyed-lock.ts';

describe('createKeyedLock', () => {
  it('runs tasks of one key in order, and goes on after a failure', async () => {
    const lock = createKeyedLock();
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = lock('a', async () => {
      log.push('first starts');
      await gate.promise;
      log.push('first fails');
      throw new Error('boom');
    });
    const second = lock('a', async () => log.push('second'));
    const other = lock('b', async () => log.push('other key'));
    await other;
    gate.resolve();
    await expect(first).rejects.toThrow('boom');
    await second;
    expect(log).toEqual(['first starts', 'other key', 'first fails', 'second']);
  });
});
