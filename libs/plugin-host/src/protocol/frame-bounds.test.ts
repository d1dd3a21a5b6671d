import { PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { describe, expect, it } from 'vitest';
import { createFrameBounds } from './frame-bounds.ts';

const CHARS = ['"', '\\', 'x', 'long enough to be searched instead of looked at', ',', '[', ']'];

/** The same texts on each run. */
const textsOf = (count: number): readonly string[] => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  return Array.from({ length: count }, () =>
    JSON.stringify(
      Array.from({ length: 5 }, () => Array.from({ length: 12 }, () => CHARS[random(CHARS.length)]).join('')),
    ),
  );
};

const addAll = (text: string, size: number): void => {
  const bounds = createFrameBounds();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) bounds.add(bytes.subarray(at, at + size));
};

describe('createFrameBounds', () => {
  it('counts nothing within strings, however they are escaped and cut', () => {
    const depth = PROTOCOL_LIMITS.frameDepth;
    for (const inner of textsOf(200)) {
      const fits = '['.repeat(depth - 1) + inner + ']'.repeat(depth - 1);
      for (const size of [1, 7, 64, 100_000]) {
        expect(() => addAll(fits, size)).not.toThrow();
        expect(() => addAll(`[${fits}]`, size)).toThrow('violation 2');
      }
    }
  });

  it('counts elements', () => {
    const list = (count: number): string => `["${'a,'.repeat(1_000)}"${',0'.repeat(count - 1)}]`;
    expect(() => addAll(list(PROTOCOL_LIMITS.frameElements), 65_536)).not.toThrow();
    expect(() => addAll(list(PROTOCOL_LIMITS.frameElements + 1), 65_536)).toThrow('violation 3');
  });

  it('counts different keys, in one object or in many', () => {
    const keys = PROTOCOL_LIMITS.frameKeys;
    const one = (from: number, count: number): string =>
      `{${Array.from({ length: count }, (_, i) => `"key${from + i}":"a:b"`).join()}}`;
    const many = (count: number): string => `[${Array.from({ length: count / 10 }, (_, i) => one(i * 10, 10)).join()}]`;
    for (const size of [4_096, 10_000_000]) {
      expect(() => addAll(one(0, keys), size)).not.toThrow();
      expect(() => addAll(`[${Array.from({ length: 30 }, () => one(0, 1_000)).join()}]`, size)).not.toThrow();
      for (const text of [one(0, keys + 1_100), many(keys + 1_100)]) {
        expect(() => addAll(text, size)).toThrow('violation 3');
      }
    }
  });
});
