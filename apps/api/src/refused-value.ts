import { PlatformError } from '@ia-modules/plugin-sdk';
import { causesOf } from './database-errors/error-causes.ts';
import { quotaErrorOf } from './database-errors/quota-error.ts';

/** PostgreSQL's class of errors about a value itself: a NUL character in a text, a key in a cursor that is no timestamp. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

const isDataException = (code: unknown): boolean => typeof code === 'string' && DATA_EXCEPTION.test(code);

const isAboutValue = (error: unknown): boolean =>
  [...causesOf(error)].some(({ originalCode, code }) => isDataException(originalCode) || isDataException(code));

/** PostgreSQL stores no NUL character, and UTF-8 has no half of a surrogate pair. */
export const isStorableText = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/**
 * Runs statements over values of a caller.
 * @throws PlatformError IA_API_INVALID when PostgreSQL can't take one of them, IA_API_QUOTA when a quota is used up
 */
export const refusingValues = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!isAboutValue(error)) throw quotaErrorOf(error) ?? error;
    throw new PlatformError({
      code: 'IA_API_INVALID',
      message: 'The request has a value that can not be stored or compared.',
      hint: 'Send texts without NUL characters or halves of surrogate pairs, and cursors as they were returned.',
      cause: error,
    });
  }
};
