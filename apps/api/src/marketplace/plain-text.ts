import { PlatformError } from '@ia-modules/plugin-sdk';

export type TextRule = {
  /** How the caller knows it: `title`. */
  readonly name: string;
  readonly maxLength: number;
  /** @default false */
  readonly mayBeEmpty?: boolean;
  /** Whether it has lines. @default false */
  readonly hasLines?: boolean;
};

/** What turns the direction of text around or ends a line unseen: a sentence must read as it was written. */
const DECEPTIVE = /[\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;
const CONTROL = /\p{Cc}/u;
const CONTROL_BUT_LINES = /[^\P{Cc}\n\t]/u;

/** Takes text that strangers will read: without control characters, trimmed. @throws PlatformError IA_API_INVALID */
export const plainText = (text: string, { name, maxLength, mayBeEmpty, hasLines }: TextRule): string => {
  const trimmed = text.replaceAll('\r\n', '\n').trim();
  const control = hasLines === true ? CONTROL_BUT_LINES : CONTROL;
  const isPlain = trimmed.isWellFormed() && !control.test(trimmed) && !DECEPTIVE.test(trimmed);
  const isSized = trimmed.length <= maxLength && (trimmed !== '' || mayBeEmpty === true);
  if (isPlain && isSized) return trimmed;
  const least = mayBeEmpty === true ? 0 : 1;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: `\`${name}\` has ${least} to ${maxLength} characters of plain text.`,
    hint: 'Leave out control characters, and those that change the direction of text.',
  });
};
