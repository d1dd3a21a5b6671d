import type { PlatformError } from '@ia-modules/plugin-sdk';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { printable } from './printable.ts';

/** What the user can put right is a finding; a network or a server that fails leaves open what there is to be found. */
export const exitCodeOf = ({ fault }: PlatformError): ExitCode =>
  fault === 'user' ? EXIT_CODES.findings : EXIT_CODES.internal;

type Finding = { readonly path: string; readonly message: string };

/** An error for people: its code, what it is about, and what to do next. */
export const formatFailure = ({ code, message, hint, details }: PlatformError): string => {
  const findings = Array.isArray(details?.['diagnostics']) ? (details['diagnostics'] as readonly Finding[]) : [];
  const lines = [
    `error ${code}: ${message}`,
    ...findings.map((finding) => `  ${printable(finding.path)}: ${printable(finding.message)}`),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
