import { refusedInput } from '@ia-modules/bounded-work';
import { z } from 'zod';

/** `latin1` is read as Windows-1252, as browsers do. */
export const ENCODINGS = ['utf-8', 'latin1', 'utf-16le', 'utf-16be'] as const;
export const encodingName = z.enum(ENCODINGS);
export type Encoding = z.output<typeof encodingName>;

/** @throws PluginError `IA_PLUGIN_INPUT` when the bytes are not in that encoding */
export const decodeText = (bytes: Uint8Array, encoding: Encoding | 'auto'): string => {
  const named = encoding === 'auto' ? encodingOf(bytes) : encoding;
  try {
    return new TextDecoder(named, { fatal: true }).decode(bytes);
  } catch {
    throw refusedInput(`The bytes are no ${named} text.`, `Name their encoding: ${ENCODINGS.join(', ')}.`);
  }
};

const encodingOf = ([first, second]: Uint8Array): Encoding => {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
};

/** @throws PluginError `IA_PLUGIN_INPUT` for characters that the encoding has no place for */
export const encodeText = (text: string, encoding: Encoding): Uint8Array => {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  for (const char of text) {
    if (char.charCodeAt(0) <= 0xff) continue;
    throw refusedInput(`The character "${char}" does not exist in latin1.`, 'Write utf-8.');
  }
  return Buffer.from(text, 'latin1');
};
