import { printable } from '../printable.ts';
import type { Terminal } from '../terminal.ts';

export type Severity = 'error' | 'warning' | 'info';

/** Something about a plugin that its author should know. Lines and columns count from 1. */
export type Finding = {
  readonly severity: Severity;
  /** Which rule found it, in words that never change: `license-missing`. */
  readonly rule: string;
  /** Relative to the folder of the plugin. */
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
};

export const hasErrors = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === 'error');

const COLOURS = { error: 'red', warning: 'yellow', info: 'dim' } as const;
const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/** One line each, what is worst first. */
export const formatFindings = (findings: readonly Finding[], style: Terminal['style']): string =>
  findings
    .toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
    .map((finding) => {
      const { severity, rule, message, hint } = finding;
      const next = hint === undefined ? '' : `\n  ${style('dim', printable(hint))}`;
      return `${style(COLOURS[severity], severity)} ${placeOf(finding)}: ${printable(message)} (${rule})${next}\n`;
    })
    .join('');

const placeOf = ({ file, line, column }: Finding): string =>
  [printable(file), line, column].filter((part) => part !== undefined).join(':');
