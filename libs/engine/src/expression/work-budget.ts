import { PlatformError } from '@ia-modules/plugin-sdk';
import { MAX_DEPTH } from '../definition/nesting.ts';

/** Elements that the comprehensions of one evaluation may visit in all. */
export const MAX_VISITED_ELEMENTS = 100_000;
/** What one text or list that an expression makes may hold, and what its result may hold in all. */
export const MAX_TEXT_CHARS = 16 * 1_024 * 1_024;
export const MAX_LIST_ELEMENTS = 1_024 * 1_024;
/** Steps of work that one evaluation may take; one is about a tenth of a microsecond or less. */
export const MAX_WORK = 10_000_000;

const CHARS_PER_WORK = 8;

// Evaluation is synchronous, so that one set of counters serves every expression.
let work = 0;
let visited = 0;
// The most keys of any object that `in` looked for.
let needleKeys = 0;
let breach: PlatformError | undefined;

export const resetWork = (): void => {
  work = 0;
  visited = 0;
  needleKeys = 0;
  breach = undefined;
};

/** The work of the evaluation that is under way, or of the last one. */
export const workDone = (): number => work;

/** The limit that the evaluation hit, even where `||` or `exists` went on without the error. */
export const breachedLimit = (): PlatformError | undefined => breach;

/** @throws PlatformError `IA_EXPRESSION_LIMIT`; the same one again, as making errors costs more than what they stop. */
const exceed = (message: string, hint: string): never => {
  breach ??= new PlatformError({ code: 'IA_EXPRESSION_LIMIT', message, hint });
  throw breach;
};

/** Ends what a budget that is used up should have ended before. */
export const throwBreach = (): void => {
  if (breach !== undefined) throw breach;
};

export const spend = (amount: number): void => {
  work += amount;
  if (work > MAX_WORK || breach !== undefined) {
    exceed('The expression takes too much work.', 'Filter or aggregate in a step and refer to its output.');
  }
};

/** Charges a collection that a comprehension is about to visit, and the work of its body for each element. */
export const chargeVisit = (collection: unknown, bodyWork: number): void => {
  const elements = sizeOf(collection);
  visited += elements;
  if (visited > MAX_VISITED_ELEMENTS) {
    exceed(
      `An expression may visit ${MAX_VISITED_ELEMENTS} elements.`,
      'Filter or aggregate in a step and refer to its output.',
    );
  }
  spend(elements * (1 + bodyWork));
};

const sizeOf = (value: unknown): number => {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Map) return value.size;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
};

/** Charges a value that is read: only a text takes more work the longer it is, whatever is done with it. */
export const chargeRead = (value: unknown): void => {
  if (typeof value === 'string' && value.length > CHARS_PER_WORK) spend(value.length / CHARS_PER_WORK);
};

/** Charges a value whose size is asked for: that of an object means to list its keys. */
export const chargeSize = (value: unknown): void => {
  chargeRead(value);
  if (isObject(value)) spend(Object.keys(value).length);
};

/** Charges a value that is about to be compared with another: all that is in it. */
export const chargeWhole = (value: unknown): void => {
  const pending: unknown[] = [value];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    chargeRead(current);
    if (typeof current !== 'object' || current === null) continue;
    const items: readonly unknown[] = Array.isArray(current) ? current : Object.values(current);
    spend(1 + items.length);
    for (const item of items) if (typeof item === 'string' || typeof item === 'object') pending.push(item ?? 0);
  }
};

/** Notes what `in` is about to look for: an object is compared key by key with each item. */
export const chargeNeedle = (value: unknown): void => {
  chargeSize(value);
  if (isObject(value)) needleKeys = Math.max(needleKeys, Object.keys(value).length);
};

/** Charges what `in` is about to search: a list by all that is in it; a key of an object is found at once. */
export const chargeSearch = (value: unknown): void => {
  if (!Array.isArray(value)) return;
  chargeWhole(value);
  spend(value.length * needleKeys);
};

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Charges an operand of a sum for every copy that it gets into. */
export const chargePart = (value: unknown, copies: number): void => {
  if (Array.isArray(value)) spend(value.length * copies);
};

/** Charges a text or list that was put together, and bounds its size. */
export const chargeMade = (value: unknown): void => {
  if (typeof value === 'string') {
    if (value.length > MAX_TEXT_CHARS) exceedChars();
    spend(value.length / CHARS_PER_WORK);
  } else if (Array.isArray(value)) {
    if (value.length > MAX_LIST_ELEMENTS) exceedElements();
    spend(value.length);
  } else if (value instanceof Uint8Array) {
    if (value.length > MAX_TEXT_CHARS) exceedChars();
    spend(value.length / CHARS_PER_WORK);
  }
};

export const exceedChars = (): never =>
  exceed(`An expression may make ${MAX_TEXT_CHARS} characters.`, 'Put a long text together in a step.');

export const exceedElements = (): never =>
  exceed(`An expression may make ${MAX_LIST_ELEMENTS} elements.`, 'Put a long list together in a step.');

export const exceedDepth = (): never =>
  exceed(`What an expression makes may be nested ${MAX_DEPTH} deep.`, 'Make a flatter value.');
