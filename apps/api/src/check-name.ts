import { PlatformError } from '@ia-modules/plugin-sdk';
import { isStorableText } from './refused-value.ts';

export const MAX_NAME_LENGTH = 100;

/** Whether a person, a tenant, a token or a trigger may be called so: names are shown everywhere, so they are short. */
export const isName = (name: string): boolean =>
  name.trim() !== '' && name.length <= MAX_NAME_LENGTH && isStorableText(name);

/** @throws PlatformError IA_API_INVALID */
export const checkName = (name: string): void => {
  if (isName(name)) return;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: `A name has 1 to ${MAX_NAME_LENGTH} characters, none of them NUL.`,
  });
};
