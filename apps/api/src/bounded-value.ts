import { isNestedTooDeep, type Json, MAX_DEPTH } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { isStorableText } from './refused-value.ts';

/** What a caller may hand to a run: small enough that it stands in its log as it is. */
export const MAX_HANDED_BYTES = 256 * 1_024;

const invalid = (message: string): PlatformError => new PlatformError({ code: 'IA_API_INVALID', message });

/** @throws PlatformError IA_API_INVALID for a value that is too large or nested too deep to hand to a run */
export const checkHandedValue = (name: string, value: Json): void => {
  if (isNestedTooDeep([value])) throw invalid(`\`${name}\` may be nested ${MAX_DEPTH} levels deep.`);
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_HANDED_BYTES) {
    throw invalid(`\`${name}\` may take ${MAX_HANDED_BYTES / 1_024} KiB.`);
  }
};

/** @throws PlatformError IA_API_INVALID for a text that is empty, too long, or can't be stored */
export const checkHandedText = (name: string, text: string, maxLength: number): void => {
  if (text.length > 0 && text.length <= maxLength && isStorableText(text)) return;
  throw invalid(`\`${name}\` must have 1 to ${maxLength} characters of well-formed text.`);
};
