import { PlatformError } from '@ia-modules/plugin-sdk';
import type { SignatureVerdict } from './signature.ts';

/** The error for a version that is not to be installed, loaded or run. */
export function signatureError({ problem, message }: Extract<SignatureVerdict, { ok: false }>): PlatformError {
  return new PlatformError({
    code: 'IA_PLUGIN_SIGNATURE',
    message,
    hint:
      problem === 'unsigned' || problem === 'revoked_key'
        ? "The platform's operator signs stored versions anew once their tarballs are checked; see docs/registry.md."
        : 'The version is not what the registry published. Tell the operator of the platform.',
    disposition: 'terminal',
    details: { problem },
  });
}
