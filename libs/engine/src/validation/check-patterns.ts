import { compilePattern } from '../expression/pattern.ts';
import type { Reading } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** A pattern that stands in the expression itself, plain or raw. */
const MATCHES = /\.\s*matches\s*\(\s*(?<raw>[rR]?)(?<quote>["'])(?<text>(?:\\.|(?!\k<quote>)[^\\])*)\k<quote>\s*\)/g;

/** Checks the patterns that expressions hold: a wrong one would only fail in the run. */
export const checkPatterns = ({ diagnostics }: PipelineCheck, readings: readonly Reading[]): void => {
  for (const { expression, path } of readings) {
    if (!expression.source.includes('matches')) continue;
    for (const { groups } of expression.source.matchAll(MATCHES)) {
      const pattern = groups?.['raw'] ? (groups['text'] ?? '') : unescape(groups?.['text'] ?? '');
      const problem = problemOfPattern(pattern);
      if (problem !== undefined) diagnostics.add({ code: 'IA_EXPRESSION_INVALID', path, message: problem });
    }
  }
};

/** Backslashes and quotes are what patterns escape; every other escape means the same to a pattern. */
const unescape = (text: string): string => text.replace(/\\([\\"'])/g, '$1');

/** What is wrong with a regular expression, in a sentence. */
export const problemOfPattern = (pattern: string): string | undefined => {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return `The pattern can not be read: ${error instanceof Error ? error.message : String(error)}.`;
  }
};
