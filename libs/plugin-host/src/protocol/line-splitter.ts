import { PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { createFrameBounds } from './frame-bounds.ts';
import { violation } from './violation.ts';

const NEWLINE = 0x0a;

export type LineSplitter = (chunk: Uint8Array, onLine: (line: Uint8Array) => void) => void;

/** Cuts a byte stream into lines and refuses one that grows beyond the bounds of a frame, before its end came. */
export const createLineSplitter = (maxBytes: number = PROTOCOL_LIMITS.frameBytes): LineSplitter => {
  let pieces: Uint8Array[] = [];
  let pendingBytes = 0;
  const bounds = createFrameBounds();
  return (chunk, onLine) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const piece = chunk.subarray(start, end);
      if (pendingBytes + piece.length > maxBytes) throw violation(1);
      bounds.add(piece);
      bounds.reset();
      const line = pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]);
      pieces = [];
      pendingBytes = 0;
      start = end + 1;
      onLine(line);
    }
    const tail = chunk.subarray(start);
    if (tail.length === 0) return;
    pendingBytes += tail.length;
    if (pendingBytes > maxBytes) throw violation(1);
    bounds.add(tail);
    pieces.push(tail);
  };
};
