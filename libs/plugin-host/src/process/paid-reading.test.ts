import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { readPaid } from './paid-reading.ts';

const DEBT_MS = 600_000;

const readingOf = (pausesMs: readonly number[]) => {
  const stream = new PassThrough();
  const chunks: string[] = [];
  const rest = [...pausesMs];
  const close = vi.fn();
  const account = { credit: () => {}, spend: () => rest.shift() ?? 0, close };
  return { stream, chunks, close, reading: readPaid(stream, account, (chunk) => chunks.push(chunk.toString())) };
};

describe('readPaid', () => {
  it('leaves a stream alone whose process owes, and goes on later', async () => {
    const { stream, chunks } = readingOf([0, 1]);
    for (const text of ['a', 'b', 'c']) stream.write(text);
    await vi.waitUntil(() => chunks.length === 2);
    expect(stream.isPaused()).toBe(true);
    await vi.waitUntil(() => chunks.length === 3);
    expect(chunks).toEqual(['a', 'b', 'c']);
  });

  it('charges other work to the process, and what the work throws comes through', () => {
    const { stream, reading } = readingOf([0, DEBT_MS]);
    expect(reading.charge(() => 1)).toBe(1);
    expect(stream.isPaused()).toBe(false);
    expect(() =>
      reading.charge(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(stream.isPaused()).toBe(true);
    reading.drain();
  });

  it('reads the rest at once when the process is gone', async () => {
    const { stream, chunks, close, reading } = readingOf([DEBT_MS, DEBT_MS]);
    stream.write('a');
    await vi.waitUntil(() => stream.isPaused());
    stream.end('b');
    reading.drain();
    await vi.waitUntil(() => stream.readableEnded);
    expect(chunks).toEqual(['a', 'b']);
    expect(close).toHaveBeenCalledOnce();
  });
});
