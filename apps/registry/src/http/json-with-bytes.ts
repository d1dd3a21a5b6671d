import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Shorter strings are left to the JSON parser. */
const MIN_BYTES = 64 * 1024;
/** A multiple of four, so that each piece is base64 of its own. */
const PIECE = 1024 * 1024;

/**
 * Parses JSON whose long strings are base64 and puts bytes in their place. They are decoded where they lie, so that a request
 * with a large attachment takes its own size in memory and no more; the text is unusable afterwards.
 *
 * @throws SyntaxError when the rest is no JSON, is larger than `maxRestBytes`, or a long string is no base64
 */
export async function parseJsonWithBytes(text: Buffer, maxRestBytes: number): Promise<unknown> {
  const mark = randomUUID();
  const found = new Map<string, Buffer>();
  const rest: string[] = [];
  let restBytes = 0;
  let from = 0;
  const keep = (to: number) => {
    restBytes += to - from;
    if (restBytes > maxRestBytes) throw new SyntaxError('The text is too long.');
    rest.push(text.toString('utf8', from, to));
  };
  for (let at = text.indexOf(QUOTE); at >= 0; ) {
    const end = endOfString(text, at + 1);
    if (end < 0) break;
    if (end - at > MIN_BYTES) {
      keep(at);
      const key = `${mark}:${found.size}`;
      found.set(key, await decodeInPlace(text, at + 1, end));
      rest.push(JSON.stringify(key));
      from = end + 1;
    }
    at = text.indexOf(QUOTE, end + 1);
  }
  keep(text.length);
  return JSON.parse(rest.join(''), (_key, value: unknown) =>
    typeof value === 'string' ? (found.get(value) ?? value) : value,
  ) as unknown;
}

/** Where the string that begins here ends: at its closing quote. */
function endOfString(text: Buffer, from: number): number {
  for (let end = text.indexOf(QUOTE, from); end >= 0; end = text.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === BACKSLASH && end - 1 - escapes >= from) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}

async function decodeInPlace(text: Buffer, from: number, end: number): Promise<Buffer> {
  let written = from;
  for (let at = from; at < end; at += PIECE) {
    const piece = text.toString('latin1', at, Math.min(at + PIECE, end));
    written += text.write(piece, written, 'base64');
    await nextTurn();
  }
  const padding = text[end - 1] === 0x3d ? (text[end - 2] === 0x3d ? 2 : 1) : 0;
  if (written - from !== ((end - from) / 4) * 3 - padding) throw new SyntaxError('A long text is no base64.');
  return text.subarray(from, written);
}
