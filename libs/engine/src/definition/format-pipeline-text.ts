import { applyEdits, format as findEdits, visit } from 'jsonc-parser';
import type { Diagnostic } from './diagnostic.ts';
import { importDialect } from './dialect/import-dialect.ts';
import { normalizeDialect } from './dialect/normalize-dialect.ts';
import { parsePipelineText, type PipelineFormat } from './parse-pipeline-text.ts';
import { printCanonical } from './print-pipeline.ts';

export type FormatPipelineOptions = {
  /** How the text is read. @default 'json' */
  readonly format?: PipelineFormat;
  /** Rewrite an older dialect into the language's own form; comments are lost then. @default false */
  readonly upgrade?: boolean;
};

export type FormattedPipeline = {
  /** Undefined when the text can't be read as JSON. */
  readonly text: string | undefined;
  /** What is wrong with the text; with `upgrade`, each rewrite and what could not be rewritten. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether the text is written in an older dialect that `upgrade` would rewrite. */
  readonly isUpgradable: boolean;
};

/** Writes a pipeline's text the way `format` does: keys in the order of the language, two spaces. Checks nothing but the syntax. */
export const formatPipelineText = (
  source: string,
  { format = 'json', upgrade = false }: FormatPipelineOptions = {},
): FormattedPipeline => {
  const { value, diagnostics } = parsePipelineText(source, format);
  if (value === undefined || diagnostics.hasErrors) {
    return { text: undefined, diagnostics: diagnostics.list(), isUpgradable: false };
  }
  if (upgrade) {
    const upgraded = importDialect(value, diagnostics);
    if (upgraded !== value)
      return { text: printCanonical(upgraded), diagnostics: diagnostics.list(), isUpgradable: false };
  }
  const isUpgradable = normalizeDialect(value).value !== value;
  const text = source.replace(/^\uFEFF/, '');
  return { text: canPrint(text) ? printCanonical(value) : indent(text), diagnostics: diagnostics.list(), isUpgradable };
};

/** Whether printing the value keeps everything: no comments, and no number that JavaScript reads as another. */
const canPrint = (text: string): boolean => {
  let isKept = true;
  visit(
    text,
    {
      onComment: () => {
        isKept = false;
      },
      onLiteralValue: (value: unknown, offset, length) => {
        if (typeof value === 'number' && !isExact(value, text.slice(offset, offset + length))) isKept = false;
      },
    },
    { allowTrailingComma: true },
  );
  return isKept;
};

const isExact = (value: number, written: string): boolean =>
  Number.isSafeInteger(value) || (Number.isFinite(value) && !/^-?\d+$/.test(written));

const indent = (text: string): string => {
  const formatted = applyEdits(text, findEdits(text, undefined, { tabSize: 2, insertSpaces: true, eol: '\n' }));
  return `${formatted.trimEnd()}\n`;
};
