import { refusedInput } from '@ia-modules/bounded-work';

export type TextPart = { readonly literal: string } | { readonly expression: string };

/**
 * Splits `a ${b} c` into texts and expressions. Braces and quotes within an expression are its own.
 * @throws PluginError `IA_PLUGIN_INPUT` for an expression without an end
 */
export const splitText = (text: string): TextPart[] => {
  const parts: TextPart[] = [];
  let literal = '';
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('$${', at)) {
      literal += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = endOf(text, at + 2);
      parts.push({ literal }, { expression: text.slice(at + 2, end) });
      literal = '';
      at = end + 1;
    } else {
      literal += text[at];
      at += 1;
    }
  }
  return [...parts, { literal }];
};

const endOf = (text: string, start: number): number => {
  let depth = 0;
  let quote: string | undefined;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (quote !== undefined) {
      if (char === '\\') at += 1;
      else if (char === quote) quote = undefined;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '{') depth += 1;
    else if (char === '}' && depth-- === 0) return at;
  }
  throw refusedInput(
    `The expression that begins with \`${text.slice(start, start + 40)}\` has no end.`,
    'Close it with }.',
  );
};
