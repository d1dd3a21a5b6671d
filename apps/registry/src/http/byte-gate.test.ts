import { expect, it } from 'vitest';
import { createByteGate } from './byte-gate.ts';

it('holds no more than its bound, lets what is larger go alone, and keeps the order', async () => {
  const gate = createByteGate(10);
  const begun: number[] = [];
  let held = 0;
  let most = 0;
  const work = (bytes: number) =>
    gate(bytes, async () => {
      begun.push(bytes);
      held += bytes;
      most = Math.max(most, held);
      await Promise.resolve();
      held -= bytes;
    });
  await Promise.all([4, 6, 5, 12, 1].map(work));
  expect(begun).toEqual([4, 6, 5, 12, 1]);
  expect(most).toBe(12);
  await gate(10, async () => expect(held).toBe(0));
});

it('gives back what failed work held', async () => {
  const gate = createByteGate(10);
  await expect(gate(10, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate(10, async () => 'next')).toBe('next');
});
