import type { Json } from '@ia-modules/plugin-sdk';
import { type GuestFrame, guestFrameSchema } from '@ia-modules/plugin-sdk/protocol';
import { violation } from './violation.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Turns one line of a guest, whose bounds were looked at, into a frame.
 *
 * @throws PlatformError `IA_PLUGIN_PROTOCOL`
 */
export const readFrame = (line: Uint8Array): GuestFrame => {
  const parsed = guestFrameSchema.safeParse(parseLine(line));
  if (!parsed.success) throw violation(5);
  if (parsed.data.type === 'result' && mayHoldReserved(line)) checkKeys(parsed.data.output);
  if (parsed.data.type === 'plugin_call' && mayHoldReserved(line)) checkKeys(parsed.data.input);
  return parsed.data;
};

/** A key can be written plainly or with escapes; few frames have either, and need a look at every key. */
const mayHoldReserved = (line: Uint8Array): boolean => {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  return bytes.includes('__proto__') || bytes.includes('\\u');
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
