import { CONDITION_OPERATORS, createComparison } from '@ia-modules/engine';
import { parseJsonBody, pick } from '@ia-modules/http-client';
import { type Json, PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

/** What is expected of a JSON body. */
export const expectationFields = {
  path: z.string().max(500).default('').describe('Where in the body: data.items[0].state. Empty: the whole body.'),
  operator: z.enum(CONDITION_OPERATORS).default('equals').describe('As in conditions of pipelines.'),
  value: z.custom<Json>().optional().describe('What it is compared with; none for exists and not_exists.'),
} as const;
export const expectationInput = z.strictObject(expectationFields);
export type Expectation = z.infer<typeof expectationInput>;

/**
 * Makes an expectation ready. What the path does not lead to meets `not_exists` alone.
 * @throws PluginError `IA_PLUGIN_INPUT` when the operator takes no such value
 */
export const createExpectation = ({ path, operator, value }: Expectation): ((body: Json) => boolean) => {
  const compare = comparisonOf({ path, operator, value });
  return (body) => {
    const actual = pick(body, path);
    if (operator === 'exists' || operator === 'not_exists') return compare(actual !== undefined);
    return actual !== undefined && compare(actual);
  };
};

const comparisonOf = ({ path, operator, value }: Expectation): ((actual: Json) => boolean) => {
  try {
    return createComparison({ source: path, operator, value });
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const { message, hint } = error;
    const known = hint === undefined ? {} : { hint };
    throw new PluginError({ code: 'IA_PLUGIN_INPUT', message, ...known });
  }
};

/** Whether a body meets an expectation; one that is no JSON, or holds something of another type, does not. */
export const meets = (text: string, isExpected: (body: Json) => boolean): boolean => {
  try {
    return isExpected(parseJsonBody(text, 'The server'));
  } catch (error) {
    if (error instanceof PlatformError && error.code !== 'IA_PLUGIN_INPUT') return false;
    throw error;
  }
};
