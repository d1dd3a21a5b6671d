import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { compileExpression, type Expression, type Scope } from './expression.ts';

/** JSON whose texts may hold `{{ expression }}`. */
export type Template<T extends Json = Json> = {
  /** Every expression in it, with where it stands. */
  readonly expressions: readonly { readonly path: Path; readonly expression: Expression }[];
  readonly stepIds: readonly string[];
  /** The value as it was written: what `render` gives when there are no expressions. */
  readonly constant: T;
  /** @throws PlatformError as {@link Expression.evaluate} */
  readonly render: (scope: Scope) => T;
};

export type TemplateProblem = { readonly path: Path; readonly error: PlatformError };

type Renderer = (scope: Scope) => Json;
type Collector = {
  readonly expressions: { path: Path; expression: Expression }[];
  readonly onProblem: (problem: TemplateProblem) => void;
};

/**
 * Compiles the templates in a JSON value. A text that is one `{{ expression }}` keeps the value's type; inside other text it prints.
 * Without `onProblem` the first defect throws; with it, each is reported and compiling goes on.
 */
export const compileTemplate = <T extends Json>(
  value: T,
  path: Path = [],
  onProblem: (problem: TemplateProblem) => void = ({ error }) => {
    throw error;
  },
): Template<T> => {
  const collector: Collector = { expressions: [], onProblem };
  const renderer = compileValue(value, path, collector);
  const { expressions } = collector;
  const stepIds = [...new Set(expressions.flatMap(({ expression }) => expression.references.stepIds))];
  return { expressions, stepIds, constant: value, render: (renderer ?? (() => value)) as (scope: Scope) => T };
};

/** Undefined for what has no expression in it: it is used as it stands. */
const compileValue = (value: Json, path: Path, collector: Collector): Renderer | undefined => {
  if (typeof value === 'string') return value.includes('{{') ? compileText(value, path, collector) : undefined;
  if (Array.isArray(value)) return compileArray(value as readonly Json[], path, collector);
  if (typeof value === 'object' && value !== null) return compileObject(value as Record<string, Json>, path, collector);
  return undefined;
};

const compileArray = (items: readonly Json[], path: Path, collector: Collector): Renderer | undefined => {
  const renderers = items.map((item, index) => compileValue(item, [...path, index], collector));
  if (renderers.every((renderer) => renderer === undefined)) return undefined;
  return (scope) => items.map((item, index) => renderers[index]?.(scope) ?? item);
};

const compileObject = (object: Record<string, Json>, path: Path, collector: Collector): Renderer | undefined => {
  const renderers = Object.entries(object).map(
    ([key, item]) => [key, item, compileValue(item, [...path, key], collector)] as const,
  );
  if (renderers.every(([, , renderer]) => renderer === undefined)) return undefined;
  return (scope) =>
    Object.fromEntries(
      renderers.map(([key, item, renderer]) => [key, renderer === undefined ? item : renderer(scope)]),
    );
};

const compileText = (text: string, path: Path, collector: Collector): Renderer | undefined => {
  try {
    const parts = splitTemplate(text).map((part) =>
      part.isExpression ? compileExpression(part.text.trim()) : part.text,
    );
    for (const part of parts) if (typeof part !== 'string') collector.expressions.push({ path, expression: part });
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && typeof only !== 'string') return only.evaluate;
    return (scope) => parts.map((part) => (typeof part === 'string' ? part : print(part.evaluate(scope)))).join('');
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    collector.onProblem({ path, error });
    return undefined;
  }
};

const print = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

type Part = { readonly text: string; readonly isExpression: boolean };

const splitTemplate = (text: string): Part[] => {
  const parts: Part[] = [];
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
  let quote = '';
  let depth = 0;
  for (let index = from; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote !== '') {
      if (character === '\\') index += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      if (depth === 0 && text[index + 1] === '}') return index;
      depth -= 1;
    }
  }
  return -1;
};
