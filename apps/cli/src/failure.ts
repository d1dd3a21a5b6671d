import type { PlatformError } from '@ia-modules/plugin-sdk';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { printable } from './printable.ts';

/** What the user can put right is a finding; a network or a server that fails leaves open what there is to be found. */
export const exitCodeOf = ({ fault }: PlatformError): ExitCode =>
  fault === 'user' ? EXIT_CODES.findings : EXIT_CODES.internal;

type Finding = { readonly path: string; readonly message: string; readonly hint?: string | null };
type OpenEffect = { readonly key: string };

/** An error for people: its code, what it is about, and what to do next. */
export const formatFailure = ({ code, message, hint, details }: PlatformError): string => {
  const lines = [
    `error ${code}: ${message}`,
    ...findingsIn(details).flatMap((finding) => (finding.message === message ? [] : findingLines(finding))),
    ...effectsIn(details).map(({ key }) => `  --effect '${printable(key)}=repeat|confirm|fail'`),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};

const findingLines = ({ path, message, hint }: Finding): readonly string[] => [
  `  ${printable(`${path}: ${message}`)}`,
  ...(hint ? [`    ${printable(hint)}`] : []),
];

type Details = PlatformError['details'];

/** Details come as they were parsed where the error was made. */
const findingsIn = (details: Details): readonly Finding[] =>
  Array.isArray(details?.['diagnostics']) ? (details['diagnostics'] as readonly Finding[]) : [];

const effectsIn = (details: Details): readonly OpenEffect[] =>
  Array.isArray(details?.['effects']) ? (details['effects'] as readonly OpenEffect[]) : [];
