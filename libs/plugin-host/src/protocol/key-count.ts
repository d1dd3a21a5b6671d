import { PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { violation } from './violation.ts';

export type KeyCount = {
  /**
   * Counts the key that stands there; a negative start says that it began before this piece.
   * @throws PlatformError when there are too many different ones
   */
  readonly add: (piece: Uint8Array, start: number, end: number) => void;
  readonly reset: () => void;
};

/** Most frames have fewer keys, and need no look at what they are. */
const FREE_KEYS = 1_000;

/** The engine that parses a frame works long on each key that it has not seen before, and remembers it: a few are plenty. */
export const createKeyCount = (): KeyCount => {
  let count = 0;
  let different = new Set<string>();
  let cut = 0;
  return {
    add: (piece, start, end) => {
      if (++count <= FREE_KEYS) return;
      if (start < 0) cut++;
      else different.add(Buffer.from(piece.buffer, piece.byteOffset + start, end - start).toString('latin1'));
      if (different.size + cut > PROTOCOL_LIMITS.frameKeys) throw violation(3);
    },
    reset: () => {
      if (count > FREE_KEYS) different = new Set();
      count = 0;
      cut = 0;
    },
  };
};
