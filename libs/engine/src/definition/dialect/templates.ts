import type { Path } from '../diagnostic.ts';
import { isRecord, shorten } from './record.ts';
import { REFERENCE, toCelReference, type Names } from './reference.ts';
import type { RewriteLog } from './rewrite-log.ts';

/** Longer texts are data, not templates. */
const MAX_TEMPLATE_CHARS = 65_536;
const MAX_EXPRESSION_CHARS = 4_096;

const BRACED = /\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)+)\s*\}/g;
const BRACED_ALTERNATIVES = /^\s*\{[^{}|]+\}(?:\s*\|\s*\{[^{}|]+\})+\s*$/;
const LITERAL = /^(?:"[^"\\]*"|'[^'\\]*'|-?\d+(?:\.\d+)?|true|false|null)$/;
const DEFAULT_FILTER = /^default\((.*)\)$/;
const TOKENS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![\w.\])])[A-Za-z_]\w*(?:\.\w+)+/g;

/** Rewrites every text in a value, and reports each that changes. */
export const rewriteTemplates = (
  value: unknown,
  path: Path,
  { names, log }: { names: Names; log: RewriteLog },
): unknown => {
  if (typeof value === 'string') {
    const text = rewriteText(value, names);
    if (text !== value) log.rewritten(path, `'${shorten(value)}' is written '${shorten(text)}'.`);
    return text;
  }
  if (Array.isArray(value)) return value.map((item, index) => rewriteTemplates(item, [...path, index], { names, log }));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, rewriteTemplates(item, [...path, key], { names, log })]),
  );
};

/** Rewrites `{parameters.x}`, `{steps.a.output.b}`, `{{ a.b }}` and alternatives of them; other braces stay. */
export const rewriteText = (text: string, names: Names): string => {
  if (!text.includes('{') || text.length > MAX_TEMPLATE_CHARS) return text;
  if (BRACED_ALTERNATIVES.test(text)) {
    const expression = rewriteAlternatives(text.replaceAll(/[{}]/g, ''), names);
    if (expression !== undefined) return `{{ ${expression} }}`;
  }
  let result = '';
  let position = 0;
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', position)) {
    const close = text.indexOf('}}', open);
    if (close === -1) break;
    const written = text.slice(open + 2, close);
    const expression = rewriteExpression(written, names);
    const shown = expression === written.trim() ? written : ` ${expression} `;
    result += `${rewriteBraced(text.slice(position, open), names)}{{${shown}}}`;
    position = close + 2;
  }
  return result + rewriteBraced(text.slice(position), names);
};

const rewriteBraced = (text: string, names: Names): string =>
  text.replaceAll(BRACED, (written: string, reference: string) => {
    const expression = toCelReference(reference, names);
    return expression === undefined ? written : `{{ ${expression} }}`;
  });

/** Rewrites the references in an expression. `result` is what `result.x` reads. */
export const rewriteExpression = (source: string, names: Names, result?: string): string => {
  const text = source.trim();
  if (text.length > MAX_EXPRESSION_CHARS) return text;
  if (REFERENCE.test(text)) return toCelReference(text, names, result) ?? text;
  const alternatives = rewriteAlternatives(text, names);
  if (alternatives !== undefined) return alternatives;
  return text.replaceAll(TOKENS, (token) =>
    REFERENCE.test(token) ? (toCelReference(token, names, result) ?? token) : token,
  );
};

/** `a.x | b.y | 'none'`: the first that is there. Undefined when it is something else. */
const rewriteAlternatives = (text: string, names: Names): string | undefined => {
  const operands = text.split(/\|\|?|\sor\s/).map((operand) => operand.trim());
  const last = operands.at(-1) ?? '';
  const fallback = DEFAULT_FILTER.exec(last)?.[1]?.trim() ?? last;
  const hasFallback = LITERAL.test(fallback);
  const references = hasFallback ? operands.slice(0, -1) : operands;
  if (operands.length < 2 || references.length === 0) return undefined;
  // `a || b` between references in full is CEL already.
  if (text.includes('||') && references.every((reference) => reference.startsWith('steps.'))) return undefined;
  let result = hasFallback ? fallback : 'null';
  for (const reference of references.toReversed()) {
    const expression = REFERENCE.test(reference) ? toCelReference(reference, names) : undefined;
    const guard = expression === undefined ? undefined : guardOf(expression);
    if (guard === undefined) return undefined;
    result = `has(${guard}) ? ${expression} : ${result}`;
  }
  return result;
};

/** The part of a reference that tells whether there is something to read. */
const guardOf = (expression: string): string | undefined =>
  /^steps(?:\.\w+|\["[^"]+"\])\.output/.exec(expression)?.[0] ??
  (expression.startsWith('parameters.') ? expression : undefined);
