import { PlatformError } from '@ia-modules/plugin-sdk';
import { isStorableText } from '../refused-value.ts';

const MAX_NAME_LENGTH = 100;

/** @throws PlatformError IA_API_INVALID; names of people and tenants are shown everywhere, so they are short. */
export const checkName = (name: string): void => {
  if (name.trim() !== '' && name.length <= MAX_NAME_LENGTH && isStorableText(name)) return;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: `A name has 1 to ${MAX_NAME_LENGTH} characters, none of them NUL.`,
  });
};
