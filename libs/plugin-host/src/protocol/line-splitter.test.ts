import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from './line-splitter.ts';

const collect = (chunks: readonly string[], maxBytes?: number): readonly string[] => {
  const split = createLineSplitter(maxBytes);
  const lines: string[] = [];
  for (const chunk of chunks) split(Buffer.from(chunk), (line) => lines.push(Buffer.from(line).toString()));
  return lines;
};

describe('createLineSplitter', () => {
  it('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n') })), (chunks) => {
        expect(collect(chunks)).toEqual(chunks.join('').split('\n').slice(0, -1));
      }),
    );
  });

  it('refuses a line beyond the limit before its end came', () => {
    expect(collect(['aaaa', 'a\n'], 5)).toEqual(['aaaaa']);
    expect(() => collect(['aaaa', 'aa'], 5)).toThrow('violation 1');
    expect(() => collect(['aaaaaa\n'], 5)).toThrow('violation 1');
  });
});
