import { overLimit, refusedInput } from '@ia-modules/bounded-work';
import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { FunctionExpressionType, jsonpath, JSONPathEnvironment, JSONPathNode, type JSONPathQuery } from 'json-p3';
import { isCompiled, matchesWhole, searches } from './linear-pattern.ts';

/** Values that one query may look at; a nested filter looks at the same ones again and again. */
const MAX_VISITS = 200_000;

/** What compiling a pattern takes, for each of its characters. */
const VISITS_OF_PATTERN = 100;

type Found = { readonly path: string; readonly value: Json };
type Budget = { left: number };

/**
 * Reads a JSONPath query (RFC 9535). What it gives finds one value after another, and ends with an error when it has looked at too many.
 * @throws PluginError `IA_PLUGIN_INPUT`
 */
export const compileQuery = (path: string): ((value: Json) => Generator<Found>) => {
  const budget: Budget = { left: MAX_VISITS };
  const query = compile(path, budget);
  for (const selector of selectorsIn(query)) boundSelector(selector, budget);
  return function* find(value) {
    try {
      for (const node of query.lazyQuery(value as Parameters<JSONPathQuery['lazyQuery']>[0])) {
        yield { path: node.getPath({ form: 'canonical' }), value: node.value as Json };
      }
    } catch (error) {
      throw asFailure(error);
    }
  };
};

const compile = (path: string, budget: Budget): JSONPathQuery => {
  const environment = new JSONPathEnvironment({ maxRecursionDepth: 200 });
  const pattern = {
    argTypes: [FunctionExpressionType.ValueType, FunctionExpressionType.ValueType],
    returnType: FunctionExpressionType.LogicalType,
  };
  const bounded = (test: (text: string, pattern: string) => boolean) => (text: unknown, wanted: unknown) => {
    if (typeof text !== 'string' || typeof wanted !== 'string') return false;
    spend(budget, 1 + (text.length * wanted.length) / 8 + (isCompiled(wanted) ? 0 : VISITS_OF_PATTERN * wanted.length));
    return test(text, wanted);
  };
  environment.functionRegister.set('match', { ...pattern, call: bounded(matchesWhole) });
  environment.functionRegister.set('search', { ...pattern, call: bounded(searches) });
  try {
    return environment.compile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it can not be read';
    throw refusedInput(`The JSONPath query is not valid: ${why}.`, 'Write it as in $.lines[?@.price > 10].sku.');
  }
};

/** All selectors of a query, those in its filters as well. */
const selectorsIn = (query: JSONPathQuery): ReadonlySet<jsonpath.JSONPathSelector> => {
  const selectors = new Set<jsonpath.JSONPathSelector>();
  const seen = new Set<unknown>([query.environment]);
  const pending: unknown[] = [query];
  while (pending.length > 0) {
    const part = pending.pop();
    if (typeof part !== 'object' || part === null || seen.has(part)) continue;
    seen.add(part);
    if (part instanceof jsonpath.JSONPathSelector) selectors.add(part);
    pending.push(...Object.values(part));
  }
  return selectors;
};

const boundSelector = (selector: jsonpath.JSONPathSelector, budget: Budget): void => {
  const resolve = selector.resolve.bind(selector);
  selector.resolve = (node: JSONPathNode) => {
    spend(budget, 1 + childrenOf(node.value));
    return resolve(node);
  };
};

const childrenOf = (value: unknown): number => {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
};

const spend = (budget: Budget, visits: number): void => {
  budget.left -= visits;
  if (budget.left < 0)
    throw overLimit(
      'The query looks at too many values.',
      'Name the way to the values instead of searching with `..`.',
    );
};

const asFailure = (error: unknown): unknown => {
  if (error instanceof PlatformError) return error;
  // What a list of results is too long for.
  if (error instanceof RangeError) return overLimit('The query finds too many values.');
  return refusedInput(`The JSONPath query failed: ${error instanceof Error ? error.message : 'unknown'}.`);
};
