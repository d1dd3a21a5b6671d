import type { Diagnostic } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';

/** What is wrong with an input, all at once. */
export type Findings = Diagnostic[];

export const finding = (path: string, message: string, hint: string | null = null): Diagnostic => ({
  code: 'IA_API_INVALID',
  severity: 'error',
  path: `$.${path}`,
  line: null,
  column: null,
  message,
  hint,
});

/** @throws PlatformError IA_API_INVALID with all findings, when there are any. */
export const requireNone = (diagnostics: Findings): void => {
  if (diagnostics.length === 0) return;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: diagnostics[0]?.message ?? 'The input is not valid.',
    hint: 'The diagnostics say where.',
    details: { diagnostics },
  });
};
