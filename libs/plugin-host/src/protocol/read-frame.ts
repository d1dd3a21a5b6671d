import type { Json } from '@ia-modules/plugin-sdk';
import { type GuestFrame, guestFrameSchema, PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { violation } from './violation.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Turns one line of a guest into a frame. Depth and size are counted over the bytes first: parsing a hostile text would
 * stall the host before a check of the parsed value could refuse it.
 *
 * @throws PlatformError `IA_PLUGIN_PROTOCOL`
 */
export const readFrame = (line: Uint8Array): GuestFrame => {
  checkBounds(line);
  const parsed = guestFrameSchema.safeParse(parseLine(line));
  if (!parsed.success) throw violation(5);
  if (parsed.data.type === 'result') checkKeys(parsed.data.output);
  if (parsed.data.type === 'plugin_call') checkKeys(parsed.data.input);
  return parsed.data;
};

const checkBounds = (line: Uint8Array): void => {
  let depth = 0;
  let elements = 0;
  let isInString = false;
  for (let i = 0; i < line.length; i++) {
    const byte = line[i];
    if (isInString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === COMMA) elements++;
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      elements++;
      if (++depth > PROTOCOL_LIMITS.frameDepth) throw violation(2);
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
    if (elements > PROTOCOL_LIMITS.frameElements) throw violation(3);
  }
};

const parseLine = (line: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(line));
  } catch {
    throw violation(4);
  }
};

/** `__proto__` as a key is harmless here and poison for the first reader that merges objects. */
const checkKeys = (given: Json): void => {
  const rest: Json[] = [given];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) throw violation(10);
    for (const child of Object.values(value)) {
      if (typeof child === 'object' && child !== null) rest.push(child);
    }
  }
};
