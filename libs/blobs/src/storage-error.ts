import { PlatformError } from '@ia-modules/plugin-sdk';

export const noSpace = (cause: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_BLOB_NO_SPACE',
    message: 'The blob storage is full.',
    hint: 'Make room, or move to larger storage; what waits goes on by itself.',
    fault: 'infra',
    disposition: 'retry',
    cause,
  });

export const unavailable = (hint: string, cause: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_BLOB_UNAVAILABLE',
    message: 'The blob storage can not be reached, or refuses.',
    hint,
    fault: 'infra',
    disposition: 'retry',
    cause,
  });

export const changed = (): PlatformError =>
  new PlatformError({
    code: 'IA_BLOB_CHANGED',
    message: 'The stored document was changed by somebody else meanwhile.',
    hint: 'Read it again and repeat the change.',
    fault: 'infra',
    disposition: 'retry',
  });

/** Whether an error carries one of these codes or names, as those of Node.js and of the AWS SDK do. */
export const isOneOf = (error: unknown, names: readonly string[]): boolean =>
  error instanceof Error && (names.includes(error.name) || ('code' in error && names.includes(String(error.code))));
