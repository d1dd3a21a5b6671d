import { stripVTControlCharacters } from 'node:util';

/** Text of others on one line of a terminal, which it can't steer: without escape sequences and control characters. */
export const printable = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{Cc}|\p{Cf}/gu, '');

const MAX_VALUE_CHARS = 200;

/** A JSON value on one line, cut when it is long. */
export const printableJson = (value: unknown, maxChars = MAX_VALUE_CHARS): string => {
  const text = printable(JSON.stringify(value) ?? 'null');
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
};
