import { PlatformError } from '@ia-modules/plugin-sdk';
import { VIOLATIONS, type ViolationNumber } from '@ia-modules/plugin-sdk/protocol';

/** Makes the error for a broken protocol; whoever catches it kills the process. */
export const violation = (number: ViolationNumber): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_PROTOCOL',
    message: `The plugin broke the sandbox protocol: ${VIOLATIONS[number]} (violation ${number}).`,
    fault: 'plugin',
    details: { violation: number },
  });
