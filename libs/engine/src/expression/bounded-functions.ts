import type { Environment } from '@marcbachmann/cel-js';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { isNestedTooDeep, MAX_DEPTH } from '../definition/nesting.ts';
import { matchesPattern } from './pattern.ts';
import {
  chargeMade,
  chargeNeedle,
  chargePart,
  chargeRead,
  chargeSearch,
  chargeSize,
  chargeVisit,
  chargeWhole,
  exceedChars,
  MAX_LIST_ELEMENTS,
  MAX_TEXT_CHARS,
  spend,
  throwBreach,
} from './work-budget.ts';

/** Names that only rewritten expressions use: authors never see an environment that has them. */
export const VISIT = 'charge_visit';
export const READ = 'charge_read';
export const WHOLE = 'charge_whole';
export const SEARCHED = 'charge_search';
export const NEEDLE = 'charge_needle';
export const SIZED = 'charge_size';
export const PART = 'charge_part';
export const MADE = 'charge_made';
export const DURATION_TEXT = 'check_duration';

/** Methods whose built-in versions can take unbounded time or memory, and what stands in for them. */
export const BOUNDED_METHODS: Readonly<Record<string, string>> = {
  matches: 'bounded_matches',
  split: 'bounded_split',
  join: 'bounded_join',
  json: 'bounded_json',
};

const MAX_DURATION_CHARS = 64;

/** The built-in reading of a duration backtracks: 4,000 digits took 18 s. */
const checkDuration = (value: unknown): void => {
  if (typeof value !== 'string' || value.length <= MAX_DURATION_CHARS) return;
  throw new PlatformError({
    code: 'IA_EXPRESSION_FAILED',
    message: `A duration has at most ${MAX_DURATION_CHARS} characters; this one has ${value.length}.`,
  });
};

/** Whether a text contains a match, charged to the evaluation that is under way. */
export const matchesWithinBudget = (text: string, pattern: string): boolean => {
  spend(text.length * (1 + pattern.length / 8));
  return matchesPattern(text, pattern);
};

const split = (text: string, separator: string): string[] => {
  const parts = text.split(separator, MAX_LIST_ELEMENTS + 1);
  chargeMade(parts);
  return parts;
};

/** As `split`, with at most `limit` parts, of which the last holds the rest; any number when it is negative. */
const splitTo = (text: string, separator: string, limit: bigint): unknown => {
  if (limit === 0n) return [];
  const parts = split(text, separator);
  const count = Number(limit);
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
};

const join = (texts: readonly unknown[], separator = ''): string => {
  let length = Math.max(0, texts.length - 1) * separator.length;
  for (const text of texts) {
    if (typeof text !== 'string') {
      throw new PlatformError({ code: 'IA_EXPRESSION_FAILED', message: 'join() needs a list of texts.' });
    }
    length += text.length;
  }
  spend(texts.length + length / 8);
  return length > MAX_TEXT_CHARS ? exceedChars() : texts.join(separator);
};

const parseJson = (bytes: Uint8Array): unknown => {
  spend(bytes.length);
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isNestedTooDeep(value)) return value;
  throw new PlatformError({ code: 'IA_EXPRESSION_LIMIT', message: `JSON may be nested ${MAX_DEPTH} deep.` });
};

// A function that might be asynchronous makes everything around it slower.
const SYNCHRONOUS = { async: false };

type Evaluator = {
  readonly run: (node: unknown, context: unknown) => unknown;
  /** A value's type: a list or an object is one of anything. */
  readonly debugType: (value: unknown) => unknown;
  /** The same, down its first elements. */
  debugTypeDeep: (value: unknown) => unknown;
};
type Checker = { readonly check: (node: unknown, context: unknown) => unknown };
type MacroCall = { readonly args: readonly { readonly args: unknown }[] };

/**
 * A macro that hands on the value of its first argument, with its type, and charges for it; its second is a number for the charge.
 * A function could do that too, but not without looking for the function that takes such a value.
 */
const charging =
  (charge: (value: unknown, factor: number) => void) =>
  ({ args: [operand, factor] }: MacroCall): object => ({
    async: false,
    typeCheck: (checker: Checker, _macro: object, context: unknown) => checker.check(operand, context),
    evaluate: (evaluator: Evaluator, _macro: object, context: unknown) => {
      throwBreach();
      const value = evaluator.run(operand, context);
      charge(value, Number(factor?.args ?? 0));
      return value;
    },
  });

const SHALLOW = 'look_no_deeper';

/**
 * Has the evaluator tell values apart by their own kind, not by what is in them. Before each operation it looks down the first
 * elements of a list or an object, for which it lists all the keys, and it keeps every type that it ever met: 90,000 small values of
 * other shapes took 9 s and held 250 MB for good.
 */
const lookNoDeeper = (environment: Environment): Environment => {
  const macro = ({ args: [operand] }: MacroCall): object => ({
    async: false,
    typeCheck: (checker: Checker, _macro: object, context: unknown) => checker.check(operand, context),
    evaluate: (evaluator: Evaluator) => {
      evaluator.debugTypeDeep = (value) => evaluator.debugType(value);
      return true;
    },
  });
  environment.registerFunction(`${SHALLOW}(ast): bool`, macro, SYNCHRONOUS).evaluate(`${SHALLOW}(true)`);
  return environment;
};

/** Adds what rewritten expressions call. */
export const registerBoundedFunctions = (environment: Environment): Environment =>
  lookNoDeeper(environment)
    .registerFunction(`${VISIT}(ast, ast): dyn`, charging(chargeVisit), SYNCHRONOUS)
    .registerFunction(`${READ}(ast): dyn`, charging(chargeRead), SYNCHRONOUS)
    .registerFunction(`${WHOLE}(ast): dyn`, charging(chargeWhole), SYNCHRONOUS)
    .registerFunction(`${SEARCHED}(ast): dyn`, charging(chargeSearch), SYNCHRONOUS)
    .registerFunction(`${NEEDLE}(ast): dyn`, charging(chargeNeedle), SYNCHRONOUS)
    .registerFunction(`${SIZED}(ast): dyn`, charging(chargeSize), SYNCHRONOUS)
    .registerFunction(`${PART}(ast, ast): dyn`, charging(chargePart), SYNCHRONOUS)
    .registerFunction(`${MADE}(ast): dyn`, charging(chargeMade), SYNCHRONOUS)
    .registerFunction(`${DURATION_TEXT}(ast): dyn`, charging(checkDuration), SYNCHRONOUS)
    .registerFunction(`string.${BOUNDED_METHODS['matches']}(string): bool`, matchesWithinBudget, SYNCHRONOUS)
    .registerFunction(`string.${BOUNDED_METHODS['split']}(string): list<string>`, split, SYNCHRONOUS)
    .registerFunction(`string.${BOUNDED_METHODS['split']}(string, int): list<string>`, splitTo, SYNCHRONOUS)
    .registerFunction(`list.${BOUNDED_METHODS['join']}(): string`, join, SYNCHRONOUS)
    .registerFunction(`list.${BOUNDED_METHODS['join']}(string): string`, join, SYNCHRONOUS)
    .registerFunction(`bytes.${BOUNDED_METHODS['json']}(): dyn`, parseJson, SYNCHRONOUS);
