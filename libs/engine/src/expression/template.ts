import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import type { SecretSlot } from '../ports/durable-context.ts';
import { misplacedSecret } from './expression-errors.ts';
import { compileExpression, type Expression, type Scope } from './expression.ts';
import { splitTemplate } from './split-template.ts';

/** JSON whose texts may hold `{{ expression }}` and, where it is allowed, `{{ secrets.NAME }}`. */
export type Template<T extends Json = Json> = {
  /** Every CEL expression in it, with where it stands; secrets are none. */
  readonly expressions: readonly { readonly path: Path; readonly expression: Expression }[];
  readonly stepIds: readonly string[];
  /** The secrets that it names, each once. */
  readonly secretNames: readonly string[];
  /** Whether it is the same in every run: it has neither expressions nor secrets. */
  readonly isConstant: boolean;
  /** The value as it was written: what `render` gives when it is constant. */
  readonly constant: T;
  /**
   * The value with its expressions evaluated and `***` in place of each secret.
   * @throws PlatformError as {@link Expression.evaluate}
   */
  readonly render: (scope: Scope) => T;
  /**
   * Where secrets belong in what `render` gives, with the text around them.
   * @throws PlatformError as {@link Expression.evaluate}
   */
  readonly secretSlots: (scope: Scope) => readonly SecretSlot[];
};

export type TemplateProblem = { readonly path: Path; readonly error: PlatformError };

export type TemplateOptions = {
  /** Where the value stands: what the paths of `expressions` and problems begin with. Those of secret slots don't. */
  readonly path?: Path | undefined;
  /** @default false: a secret is the problem `IA_PIPELINE_SECRET`. */
  readonly allowsSecrets?: boolean | undefined;
  /** Takes each defect, so that compiling goes on; without it the first one throws. */
  readonly onProblem?: ((problem: TemplateProblem) => void) | undefined;
};

/** What a secret shows in everything that is recorded. */
export const MASKED_SECRET = '***';

type Secret = { readonly secret: string };
type Part = string | Expression | Secret;
type Renderer = (scope: Scope) => Json;
type SlotTemplate = { readonly path: Path; readonly parts: readonly Part[] };
type Collector = {
  readonly expressions: { path: Path; expression: Expression }[];
  readonly slots: SlotTemplate[];
  readonly options: TemplateOptions;
  readonly prefix: Path;
  /** Where the value that is being compiled stands, below the prefix. */
  readonly path: (string | number)[];
};

/**
 * Compiles the templates in a JSON value. A text that is one `{{ expression }}` keeps the value's type; inside other text it prints.
 * Only what the definition says is a template: a value that an expression brings in is never looked through again.
 */
export const compileTemplate = <T extends Json>(value: T, options: TemplateOptions = {}): Template<T> => {
  const collector: Collector = { expressions: [], slots: [], options, prefix: options.path ?? [], path: [] };
  const renderer = compileValue(value, collector);
  const { expressions, slots } = collector;
  return {
    expressions,
    stepIds: [...new Set(expressions.flatMap(({ expression }) => expression.references.stepIds))],
    secretNames: [...new Set(slots.flatMap(({ parts }) => parts.filter(isSecret).map(({ secret }) => secret)))],
    isConstant: expressions.length === 0 && slots.length === 0,
    constant: value,
    render: (renderer ?? (() => value)) as (scope: Scope) => T,
    secretSlots: slots.length === 0 ? () => [] : (scope) => slots.map((slot) => renderSlot(slot, scope)),
  };
};

/** Undefined for what has no expression in it: it is used as it stands. */
const compileValue = (value: Json, collector: Collector): Renderer | undefined => {
  if (typeof value === 'string') return value.includes('{{') ? compileText(value, collector) : undefined;
  if (Array.isArray(value)) return compileArray(value as readonly Json[], collector);
  if (typeof value === 'object' && value !== null) return compileObject(value as Record<string, Json>, collector);
  return undefined;
};

const compileChild = (key: string | number, value: Json, collector: Collector): Renderer | undefined => {
  if (typeof value !== 'string' && typeof value !== 'object') return undefined;
  collector.path.push(key);
  const renderer = compileValue(value, collector);
  collector.path.pop();
  return renderer;
};

const compileArray = (items: readonly Json[], collector: Collector): Renderer | undefined => {
  const renderers = items.map((item, index) => compileChild(index, item, collector));
  if (renderers.every((renderer) => renderer === undefined)) return undefined;
  return (scope) => items.map((item, index) => renderers[index]?.(scope) ?? item);
};

const compileObject = (object: Record<string, Json>, collector: Collector): Renderer | undefined => {
  const renderers = Object.entries(object).map(
    ([key, item]) => [key, item, compileChild(key, item, collector)] as const,
  );
  if (renderers.every(([, , renderer]) => renderer === undefined)) return undefined;
  return (scope) =>
    Object.fromEntries(
      renderers.map(([key, item, renderer]) => [key, renderer === undefined ? item : renderer(scope)]),
    );
};

const compileText = (text: string, { expressions, slots, options, prefix, path }: Collector): Renderer | undefined => {
  const place = [...prefix, ...path];
  try {
    const parts = splitTemplate(text).map((part) => (part.isExpression ? compilePart(part.text, options) : part.text));
    for (const part of parts) if (isExpression(part)) expressions.push({ path: place, expression: part });
    if (parts.some(isSecret)) slots.push({ path: [...path], parts });
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && isExpression(only)) return only.evaluate;
    return (scope) => parts.map((part) => (isSecret(part) ? MASKED_SECRET : printPart(part, scope))).join('');
  } catch (error) {
    if (!(error instanceof PlatformError) || options.onProblem === undefined) throw error;
    options.onProblem({ path: place, error });
    return undefined;
  }
};

const SECRET = /^secrets(?:\.(?<plain>[A-Za-z_][\w-]*)|\[(?<quote>["'])(?<quoted>[A-Za-z_][\w-]*)\k<quote>\])$/;

const compilePart = (text: string, options: TemplateOptions): Expression | Secret => {
  const source = text.trim();
  const secret = SECRET.exec(source)?.groups;
  if (secret === undefined) return compileExpression(source);
  if (options.allowsSecrets !== true) throw misplacedSecret(source);
  return { secret: secret['plain'] ?? secret['quoted'] ?? '' };
};

const isSecret = (part: Part): part is Secret => typeof part !== 'string' && 'secret' in part;
const isExpression = (part: Part): part is Expression => typeof part !== 'string' && 'evaluate' in part;

const renderSlot = ({ path, parts }: SlotTemplate, scope: Scope): SecretSlot => ({
  path,
  parts: parts.map((part) => (isSecret(part) ? part : printPart(part, scope))),
});

const printPart = (part: string | Expression, scope: Scope): string =>
  typeof part === 'string' ? part : print(part.evaluate(scope));

const print = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
