import type { Json } from '@ia-modules/plugin-sdk';
import type { Path } from '../diagnostic.ts';
import type { ConditionOperator } from '../schema.ts';
import { conditionToCel, type DraftCondition } from './condition-to-cel.ts';
import { isRecord, shorten, textOf, type JsonRecord } from './record.ts';
import { printCel, REFERENCE, toCelReference, type Names } from './reference.ts';
import type { RewriteLog } from './rewrite-log.ts';
import { rewriteExpression, rewriteText } from './templates.ts';

const OPERATORS: Readonly<Record<string, ConditionOperator>> = {
  '==': 'equals',
  '=': 'equals',
  eq: 'equals',
  '!=': 'not_equals',
  ne: 'not_equals',
  '>': 'greater_than',
  gt: 'greater_than',
  '>=': 'greater_or_equal',
  gte: 'greater_or_equal',
  greater_than_or_equal: 'greater_or_equal',
  greater_than_or_equals: 'greater_or_equal',
  '<': 'less_than',
  lt: 'less_than',
  '<=': 'less_or_equal',
  lte: 'less_or_equal',
  less_than_or_equal: 'less_or_equal',
  less_than_or_equals: 'less_or_equal',
};
/** The types that compare one field of the step that a transition comes from, with the operator that they imply. */
const FIELD_TYPES: Readonly<Record<string, string>> = {
  expression: 'equals',
  value: 'equals',
  field: 'equals',
  threshold: '>=',
  threshold_condition: '>=',
  field_equals: 'equals',
  field_exists: 'exists',
  field_greater_than: 'greater_than',
  field_less_than: 'less_than',
};
/** Types that say no more than how the step ended, or that no other transition was taken. */
const OUTCOMES: ReadonlyMap<unknown, 'always' | 'default' | 'on_error'> = new Map([
  ['always', 'always'],
  ['success', 'always'],
  ['default', 'default'],
  ['else', 'default'],
  ['error', 'on_error'],
  ['failure', 'on_error'],
]);
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  'type',
  'config',
  'source',
  'field',
  'field_path',
  'operator',
  'value',
  'threshold',
  'conditions',
  'condition',
  'plugin',
  'parameters',
  'name',
  'parameter',
  'description',
  'label',
]);
const ROOTS: ReadonlySet<string> = new Set(['parameters', 'steps', 'run', 'trigger', 'iteration', 'iteration_path']);

export type ConditionContext = {
  readonly names: Names;
  readonly log: RewriteLog;
  /** The step that the transition comes from. */
  readonly from: string;
  readonly enabledPlugins: ReadonlySet<string>;
};

/** What a condition becomes: nothing, a key of the transition, a condition, or what it was when it can't be read. */
export type RewrittenCondition =
  | { readonly kind: 'always' | 'default' | 'on_error' | 'unread' }
  | { readonly kind: 'condition'; readonly condition: unknown };

/** Rewrites the condition of a transition. */
export const rewriteCondition = (
  condition: unknown,
  places: { readonly source: Path; readonly target: Path },
  context: ConditionContext,
): RewrittenCondition => {
  const { log, names, from } = context;
  if (condition === undefined || condition === null) return { kind: 'always' };
  if (typeof condition === 'string') {
    const text = rewriteExpression(condition.replace(/^\s*\{\{(.*)\}\}\s*$/s, '$1'), names, from);
    if (text !== condition) log.rewritten(places.source, `The condition is written '${shorten(text)}'.`);
    return { kind: 'condition', condition: text };
  }
  if (!isRecord(condition)) return { kind: 'unread' };
  const outcome = OUTCOMES.get(condition['type']);
  if (outcome !== undefined) return { kind: outcome };
  const read = readCondition(condition, places, context);
  if (read === undefined) return { kind: 'unread' };
  const written = simplify(read);
  if (written === undefined) {
    log.leftover(places.source, 'This condition mixes an expression with what has no form in one.');
    return { kind: 'unread' };
  }
  const text = typeof written === 'string' ? `'${written}'` : JSON.stringify(written);
  if (text !== JSON.stringify(condition)) log.rewritten(places.source, `The condition is written ${shorten(text)}.`);
  return { kind: 'condition', condition: written };
};

/** An object as long as no part of it needs to be CEL. */
const simplify = (condition: DraftCondition): unknown => (hasCel(condition) ? conditionToCel(condition) : condition);

const hasCel = (condition: DraftCondition): boolean => {
  if (condition.type === 'cel') return true;
  if (condition.type === 'all' || condition.type === 'any') return condition.conditions.some((item) => hasCel(item));
  return condition.type === 'not' && hasCel(condition.condition);
};

type Places = { readonly source: Path; readonly target: Path };

const readCondition = (
  written: JsonRecord,
  { source, target }: Places,
  context: ConditionContext,
): DraftCondition | undefined => {
  const { log } = context;
  const { type, config } = written;
  const settings: JsonRecord = isRecord(config) ? { ...written, ...config } : written;
  const settingsPath = isRecord(config) ? [...source, 'config'] : source;
  for (const key of isRecord(config) ? Object.keys(config) : []) log.place([...target, key], [...settingsPath, key]);
  if (hasUnknownKeys(written, source, context)) return undefined;
  if (type === 'always') return { type };
  if (type === 'all' || type === 'any') return readParts({ type, settings, source: settingsPath, target }, context);
  if (type === 'not' && isRecord(settings['condition'])) {
    const places = { source: [...settingsPath, 'condition'], target: [...target, 'condition'] };
    const inner = readCondition(settings['condition'], places, context);
    return inner && { type, condition: inner };
  }
  if (type === 'parameter') return readParameter(settings, { source: settingsPath, target }, context);
  const field = fieldOf(settings);
  const isThreshold = type === 'plugin' && settings['plugin'] === 'threshold_condition' && field !== undefined;
  const plugin = isThreshold ? undefined : pluginOf(written, context);
  if (plugin !== undefined) return readPlugin({ plugin, written, source, target }, context);
  if (type !== 'plugin' && hasUnknownKeys(settings, settingsPath, context)) return undefined;
  const kind = isThreshold ? 'threshold' : textOf(type ?? 'expression');
  const implied = Object.hasOwn(FIELD_TYPES, kind) ? FIELD_TYPES[kind] : undefined;
  if (implied !== undefined && field !== undefined)
    return readComparison({ settings, field, operator: implied }, { source: settingsPath, target }, context);
  log.leftover(
    source,
    `The condition${type === undefined ? '' : ` of type '${shorten(textOf(type))}'`} does not say what it compares.`,
    {
      hint: 'Write it as CEL: "steps.review.output.score > 0.8", or use "default": true on the transition.',
    },
  );
  return undefined;
};

type Parts = {
  readonly type: 'all' | 'any';
  readonly settings: JsonRecord;
  readonly source: Path;
  readonly target: Path;
};

const readParts = (
  { type, settings, source, target }: Parts,
  context: ConditionContext,
): DraftCondition | undefined => {
  const { conditions } = settings;
  if (!Array.isArray(conditions) || conditions.length === 0) {
    context.log.leftover(source, `A condition of type '${type}' needs a list of conditions.`);
    return undefined;
  }
  const parts = conditions.map((part: unknown, index) => {
    const places = { source: [...source, 'conditions', index], target: [...target, 'conditions', index] };
    if (isRecord(part)) return readCondition(part, places, context);
    context.log.leftover(places.source, 'A condition is an object.', { covers: source });
    return undefined;
  });
  const read = parts.filter((part) => part !== undefined);
  return read.length === parts.length ? { type, conditions: read } : undefined;
};

const fieldOf = (settings: JsonRecord): { readonly key: string; readonly text: string } | undefined => {
  for (const key of ['source', 'field', 'field_path']) {
    const text = settings[key];
    if (typeof text === 'string' && text.trim() !== '') return { key, text };
  }
  return undefined;
};

/** `business_hours` names a plugin with one condition of the same name. */
const pluginOf = ({ type, plugin }: JsonRecord, { enabledPlugins }: ConditionContext): string | undefined => {
  const name = type === 'plugin' ? plugin : enabledPlugins.has(textOf(type)) ? type : undefined;
  if (typeof name !== 'string' || name === '') return undefined;
  return /[.#]/.test(name) ? name : `${name}.${name}`;
};

const hasUnknownKeys = (condition: JsonRecord, path: Path, { log }: ConditionContext): boolean => {
  const unknown = Object.keys(condition).filter((key) => !KNOWN_KEYS.has(key));
  for (const key of unknown) {
    log.leftover([...path, key], `The key '${key}' of a condition is unknown.`, { covers: path });
  }
  return unknown.length > 0;
};

type PluginCondition = { readonly plugin: string; readonly written: JsonRecord } & Places;

const readPlugin = (
  { plugin, written, source, target }: PluginCondition,
  { log }: ConditionContext,
): DraftCondition => {
  const key = written['config'] === undefined ? 'parameters' : 'config';
  const input = written[key];
  log.place([...target, 'config'], [...source, key]);
  if (written['plugin'] === undefined) log.place([...target, 'plugin'], [...source, 'type']);
  return { type: 'plugin', plugin, ...(isRecord(input) ? { config: input as Record<string, Json> } : {}) };
};

const readParameter = (
  settings: JsonRecord,
  { source, target }: Places,
  { log }: ConditionContext,
): DraftCondition | undefined => {
  const key = settings['name'] === undefined ? 'parameter' : 'name';
  const name = settings[key];
  if (typeof name !== 'string') {
    log.leftover(source, 'The condition does not say which parameter it reads.');
    return undefined;
  }
  log.place([...target, 'name'], [...source, key]);
  const { operator, value } = settings;
  return {
    type: 'parameter',
    name,
    ...(operator === undefined ? {} : { operator: toOperator(operator) }),
    ...(value === undefined ? {} : { value: value as Json }),
  };
};

/** An operator that has no counterpart stays: the shape check says which there are. */
const toOperator = (operator: unknown): ConditionOperator => {
  const known = typeof operator === 'string' && Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  return known ?? (operator as ConditionOperator);
};

type Comparison = {
  readonly settings: JsonRecord;
  readonly field: { readonly key: string; readonly text: string };
  /** What the type implies when no operator is given. */
  readonly operator: string;
};

const readComparison = (
  { settings, field, operator: implied }: Comparison,
  { source: settingsPath, target }: Places,
  { names, log, from }: ConditionContext,
): DraftCondition | undefined => {
  const source = readSource(field.text, names, from);
  const operator = toOperator(settings['operator'] ?? implied);
  const valueKey = settings['value'] === undefined ? 'threshold' : 'value';
  const value = settings[valueKey];
  log.place([...target, 'source'], [...settingsPath, field.key]);
  log.place([...target, 'value'], [...settingsPath, valueKey]);
  const text = typeof value === 'string' ? rewriteText(value, names) : '';
  const expression = /^\{\{((?:(?!\}\}|\{\{).)*)\}\}$/s.exec(text)?.[1];
  if (expression === undefined && !text.includes('{{')) {
    return { type: 'expression', source, operator, ...(value === undefined ? {} : { value: value as Json }) };
  }
  const cel =
    expression === undefined ? undefined : conditionToCel({ type: 'expression', source, operator }, expression.trim());
  if (cel !== undefined) return { type: 'cel', source: cel };
  log.leftover([...settingsPath, valueKey], `The operator '${operator}' can not compare with a template.`, {
    hint: 'Write the whole condition as CEL.',
    covers: settingsPath,
  });
  return undefined;
};

/** A bare name is a field of the step that the transition comes from. */
const readSource = (text: string, names: Names, from: string): string => {
  const reference = text.replace(/^\s*\{{1,2}([^{}]*)\}{1,2}\s*$/, '$1').trim();
  if (!REFERENCE.test(reference)) return rewriteExpression(reference, names, from);
  const known = toCelReference(reference, names, from);
  if (known !== undefined) return known;
  const segments = reference.match(/[\w-]+/g) ?? [];
  return ROOTS.has(segments[0] ?? '') ? reference : printCel(['steps', from, 'output', ...segments]);
};
