import { PlatformError } from '@ia-modules/plugin-sdk';

/** What the state of things does not allow. */
export const conflict = (message: string, hint?: string): PlatformError =>
  new PlatformError({ code: 'IA_API_CONFLICT', message, hint });
