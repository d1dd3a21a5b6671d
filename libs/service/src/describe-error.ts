import { PlatformError } from '@ia-modules/plugin-sdk';

/** What a person reads when a process gives up: code, message and hint on one line, or the stack of a defect. */
export const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof PlatformError)) return error.stack ?? error.message;
  return [`${error.code}: ${error.message}`, error.hint].filter((part) => part !== undefined).join(' ');
};
