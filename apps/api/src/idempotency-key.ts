import { PlatformError } from '@ia-modules/plugin-sdk';
import { isStorableText } from './refused-value.ts';

const MAX_IDEMPOTENCY_KEY_LENGTH = 200;

/** How long a key is good for; after that it is free again. */
export const KEY_LIFE_MS = 24 * 3_600_000;

/** @throws PlatformError IA_API_INVALID */
export const checkIdempotencyKey = (key: string | null): void => {
  if (key === null || (key.length > 0 && key.length <= MAX_IDEMPOTENCY_KEY_LENGTH && isStorableText(key))) return;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: `\`idempotencyKey\` must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters of well-formed text.`,
  });
};

export const keyUsedOtherwise = (): PlatformError =>
  new PlatformError({
    code: 'IA_API_CONFLICT',
    message: 'This idempotency key was used for another request.',
    hint: 'Use a new key for a new request.',
  });
