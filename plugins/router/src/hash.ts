import { createHash } from 'node:crypto';

/** A number from 0 up to 1 that depends on texts alone, and is spread evenly over many of them. */
export const fractionOf = (...texts: readonly string[]): number =>
  createHash('sha256').update(JSON.stringify(texts)).digest().readUIntBE(0, 6) / 2 ** 48;

/** Gives one number from 0 up to 1 after another, the same ones for the same seed. */
export const createRandom = (seed: string): (() => number) => {
  let state = createHash('sha256').update(seed).digest().readUInt32BE(0);
  // Mulberry32, by Tommy Ettinger: public domain.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
