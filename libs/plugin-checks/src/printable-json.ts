import { stripVTControlCharacters } from 'node:util';

const MAX_CHARS = 200;

/** A JSON value on one line, without control characters, cut when it is long. */
export const printableJson = (value: unknown): string => {
  const text = stripVTControlCharacters(JSON.stringify(value) ?? 'null').replaceAll(/\p{Cc}|\p{Cf}/gu, '');
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS - 1)}…`;
};
