import { PlatformError } from '@ia-modules/plugin-sdk';
import { didYouMean } from '../definition/suggest.ts';
import { EXPRESSION_ROOTS, SECRETS_ROOT } from './cel-environment.ts';

const MAX_EXCERPT_CHARS = 120;
const MAX_SUMMARY_CHARS = 300;

/** The error of a secret that stands anywhere but as `{{ secrets.NAME }}` in a place that may hold secrets. */
export const misplacedSecret = (source: string): PlatformError =>
  new PlatformError({
    code: 'IA_PIPELINE_SECRET',
    message: `\`${excerpt(source)}\` reads a secret where none may stand.`,
    hint: 'Write {{ secrets.NAME }} for itself, in the `with` of a plugin: alone or between other text, never inside an expression.',
  });

// An evaluator's error holds its whole syntax tree, so that it is no cause: the message says what it has to say.

/** The error of an expression that can not be compiled. */
export const invalidExpression = (source: string, error: unknown): PlatformError => {
  const summary = summaryOf(error);
  const isTooDeep = error instanceof RangeError || /maxDepth/.test(summary);
  const isLimit = isTooDeep || /limit|exceed/i.test(summary);
  return new PlatformError({
    code: isLimit ? 'IA_EXPRESSION_LIMIT' : 'IA_EXPRESSION_INVALID',
    message: `${isTooDeep ? 'Nested too deeply' : summary} in \`${excerpt(source)}\``,
    hint: isLimit ? 'Compute a part of it in a step and refer to its output.' : invalidHint(source, summary),
  });
};

const invalidHint = (source: string, summary: string): string | undefined => {
  const unknown = /unknown variable: (?<name>\w+)/i.exec(summary)?.groups?.['name'];
  if (unknown !== undefined) return unknownVariableHint(source, unknown);
  if (source.trim() === '') return 'Write an expression.';
  if (/^\s*\{\{/.test(source)) return 'An expression stands without braces here.';
  if (/unexpected character: '?='?$|unexpected token: assign/i.test(summary)) return 'Compare with ==.';
  const isSyntax = /^unexpected|^expected|no such overload/i.test(summary);
  if (isSyntax && /\s(?:and|or)\s|(?:^|[\s(])not\s/i.test(source)) return 'Write && for and, || for or, ! for not.';
  return undefined;
};

const unknownVariableHint = (source: string, name: string): string => {
  if (/steps\.[A-Za-z0-9_]*-/.test(source)) {
    return 'A step id with a dash is read as a subtraction: write steps["my-step"].';
  }
  return (
    didYouMean(name, [...EXPRESSION_ROOTS, SECRETS_ROOT]) ??
    `Write a text in quotes ("${name}"), a parameter as parameters.${name}, an output as steps.<id>.output.${name}.`
  );
};

/** The error of an expression that can not be evaluated. */
export const failedExpression = (source: string, error: unknown): PlatformError => {
  const cause = error instanceof Error && error.cause instanceof PlatformError ? error.cause : error;
  const summary = summaryOf(cause).replace(/\.$/, '');
  return new PlatformError({
    code: cause instanceof PlatformError ? cause.code : 'IA_EXPRESSION_FAILED',
    message: `${summary} in \`${excerpt(source)}\``,
    hint: cause instanceof PlatformError && cause.hint !== undefined ? cause.hint : failedHint(summary),
  });
};

const ITEM_ROOT = /^Unknown variable: (?:item|index)(?:_path)?$/;

const failedHint = (summary: string): string | undefined => {
  if (summary.startsWith('No such key')) return 'Guard a field that may be missing with has(…).';
  if (ITEM_ROOT.test(summary)) return 'It is there only in a step with for_each, where one of its items is handled.';
  if (summary.startsWith('no such overload') || summary.startsWith('found no matching overload')) {
    return 'Convert one side, for example with string(…), double(…) or int(…).';
  }
  return undefined;
};

const summaryOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'The expression failed';
  const text = 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  const line = text.slice(0, MAX_SUMMARY_CHARS).split('\n')[0] ?? 'The expression failed';
  return text.length > MAX_SUMMARY_CHARS ? `${line}…` : line;
};

export const excerpt = (source: string): string =>
  source.length > MAX_EXCERPT_CHARS ? `${source.slice(0, MAX_EXCERPT_CHARS)}…` : source;
