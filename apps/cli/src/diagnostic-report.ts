import type { Diagnostic, Severity } from '@ia-modules/engine';
import type { Terminal, TextStyle } from './terminal.ts';

const STYLES: Readonly<Record<Severity, TextStyle>> = { error: 'red', warning: 'yellow', info: 'cyan' };
const MAX_LINE_CHARS = 160;

/** Prints findings with the line that each is about. */
export const formatDiagnostics = (
  {
    file,
    text,
    diagnostics,
  }: { readonly file: string; readonly text: string; readonly diagnostics: readonly Diagnostic[] },
  style: Terminal['style'],
): string => {
  const lines = text.split('\n');
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, { file, lines, style })).join('\n');
};

type Source = { readonly file: string; readonly lines: readonly string[]; readonly style: Terminal['style'] };

const formatDiagnostic = (diagnostic: Diagnostic, { file, lines, style }: Source): string => {
  const { severity, code, message, path, line, column, hint } = diagnostic;
  const place = line === null || column === null ? file : `${file}:${line}:${column}`;
  const parts = [
    `${style(STYLES[severity], severity)} ${style('bold', code)}: ${message}`,
    `  ${style('dim', `at ${place} (${path})`)}`,
  ];
  if (line !== null && column !== null) parts.push(codeFrame(lines[line - 1] ?? '', { line, column, style }));
  if (hint !== null) parts.push(`  ${style('dim', 'hint:')} ${hint}`);
  return `${parts.join('\n')}\n`;
};

type FramePlace = { readonly line: number; readonly column: number; readonly style: Terminal['style'] };

const codeFrame = (sourceLine: string, { line, column, style }: FramePlace): string => {
  const start = Math.max(0, column - 1 - MAX_LINE_CHARS / 2);
  const shown = sourceLine
    .slice(start, start + MAX_LINE_CHARS)
    .replaceAll('\t', ' ')
    .trimEnd();
  const number = String(line);
  const gutter = ' '.repeat(number.length);
  return `  ${style('dim', `${number} |`)} ${shown}\n  ${style('dim', `${gutter} |`)} ${' '.repeat(column - 1 - start)}${style('red', '^')}`;
};
