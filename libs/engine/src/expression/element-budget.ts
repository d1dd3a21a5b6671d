import { PlatformError } from '@ia-modules/plugin-sdk';

/** Elements that the comprehensions of one evaluation may visit in all. */
export const MAX_VISITED_ELEMENTS = 100_000;

// Evaluation is synchronous, so that one counter serves every expression.
let visited = 0;

export const resetElementBudget = (): void => {
  visited = 0;
};

/** Charges a collection to the budget of the evaluation that is under way and hands it on. */
export const countElements = (collection: unknown): unknown => {
  if (Array.isArray(collection)) visited += collection.length;
  else if (collection instanceof Map) visited += collection.size;
  else if (typeof collection === 'object' && collection !== null) visited += Object.keys(collection).length;
  if (visited <= MAX_VISITED_ELEMENTS) return collection;
  throw new PlatformError({
    code: 'IA_EXPRESSION_LIMIT',
    message: `An expression may visit ${MAX_VISITED_ELEMENTS} elements.`,
    hint: 'Filter or aggregate in a step and refer to its output.',
  });
};
