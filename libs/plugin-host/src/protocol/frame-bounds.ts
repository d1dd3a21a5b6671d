import { PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { createKeyCount } from './key-count.ts';
import { violation } from './violation.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Counts depth, elements and keys of one frame, piece by piece as its bytes come. */
export type FrameBounds = {
  /** @throws PlatformError when the frame is too deep, or has too many elements or keys */
  readonly add: (piece: Uint8Array) => void;
  /** The next piece begins another frame. */
  readonly reset: () => void;
};

/** A string that goes on for longer is not looked at byte by byte. */
const SHORT_CHARS = 16;

/**
 * Parsing a hostile text would stall the host before a check of the parsed value could refuse it. The bytes are looked at
 * as they arrive, so that a long frame does not hold up everything else at its end.
 */
export const createFrameBounds = (): FrameBounds => {
  const state = { depth: 0, elements: 0, isInString: false, isEscaped: false };
  const keys = createKeyCount();
  return {
    add: (piece) => {
      let { depth, elements, isInString, isEscaped } = state;
      const nextBreak = createStringSearch(piece);
      let plain = 0;
      let stringStart = -1;
      let stringEnd = 0;
      for (let i = 0; i < piece.length; i++) {
        const byte = piece[i];
        if (isInString) {
          if (isEscaped) isEscaped = false;
          else if (byte === BACKSLASH) isEscaped = true;
          else if (byte === QUOTE) {
            isInString = false;
            stringEnd = i;
          } else if (++plain > SHORT_CHARS) {
            i = nextBreak(i) - 1;
            plain = 0;
          }
        } else if (byte === QUOTE) {
          isInString = true;
          plain = 0;
          stringStart = i + 1;
        } else if (byte === COMMA) elements++;
        else if (byte === COLON) keys.add(piece, stringStart, stringEnd);
        else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
          elements++;
          if (++depth > PROTOCOL_LIMITS.frameDepth) throw violation(2);
        } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
        if (elements > PROTOCOL_LIMITS.frameElements) throw violation(3);
      }
      Object.assign(state, { depth, elements, isInString, isEscaped });
    },
    reset: () => {
      Object.assign(state, { depth: 0, elements: 0, isInString: false, isEscaped: false });
      keys.reset();
    },
  };
};

/** Finds the next quote or backslash, or the end; what was found ahead is remembered, so that no byte is searched twice for either. */
const createStringSearch = (piece: Uint8Array): ((from: number) => number) => {
  const found = { quote: -1, backslash: -1 };
  const next = (byte: number, from: number): number => {
    const at = piece.indexOf(byte, from);
    return at === -1 ? piece.length : at;
  };
  return (from) => {
    if (found.quote < from) found.quote = next(QUOTE, from);
    if (found.backslash < from) found.backslash = next(BACKSLASH, from);
    return Math.min(found.quote, found.backslash);
  };
};
