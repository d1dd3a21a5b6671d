import { PlatformError } from '@ia-modules/plugin-sdk';

/** A piece of a text: what stands between `{{` and `}}`, or what stands outside. */
export type TemplatePart = { readonly text: string; readonly isExpression: boolean };

/**
 * Splits a text at its `{{ … }}`.
 * @throws PlatformError `IA_EXPRESSION_INVALID` when one is not closed
 */
export const splitTemplate = (text: string): TemplatePart[] => {
  const parts: TemplatePart[] = [];
  let position = 0;
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', position)) {
    if (open > position) parts.push({ text: text.slice(position, open), isExpression: false });
    const close = findClose(text, open + 2);
    if (close === -1) {
      throw new PlatformError({
        code: 'IA_EXPRESSION_INVALID',
        message: 'A template opens with {{ and never closes.',
        hint: 'Close it with }}, or write literal braces as {{ "{{" }}.',
      });
    }
    parts.push({ text: text.slice(open + 2, close), isExpression: true });
    position = close + 2;
  }
  if (position < text.length) parts.push({ text: text.slice(position), isExpression: false });
  return parts;
};

/** The `}}` that closes a template: not one inside a quoted text or of a nested map literal. */
const findClose = (text: string, from: number): number => {
  let depth = 0;
  for (let index = from; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"' || character === "'") {
      index = endOfQuoted(text, index);
      if (index === -1) return -1;
    } else if (character === '{') depth += 1;
    else if (character === '}') {
      if (depth === 0 && text[index + 1] === '}') return index;
      depth -= 1;
    }
  }
  return -1;
};

/** Where a quoted text ends, as the evaluator reads it: between three quotes a single one ends nothing. */
const endOfQuoted = (text: string, open: number): number => {
  const quote = text.charAt(open);
  const delimiter = text.startsWith(quote.repeat(3), open) ? quote.repeat(3) : quote;
  for (let index = open + delimiter.length; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text.startsWith(delimiter, index)) return index + delimiter.length - 1;
  }
  return -1;
};
