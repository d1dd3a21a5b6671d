import { overLimit, refusedInput } from '@ia-modules/bounded-work';
import { compileExpression } from '@ia-modules/engine';
import { type Json, type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const READABLE: ReadonlySet<string> = new Set(['item', 'index', 'parameters']);
const NOTHING = { steps: {}, run: null, trigger: null, iteration: 0, iteration_path: [] } as const;

export const expressionText = z.string().min(1).max(4_096);

export const expressionParameters = z
  .record(z.string(), z.custom<Json>())
  .default({})
  .describe('What expressions read as `parameters`, such as values of the pipeline that are put in by templates.');

/** An expression that is evaluated for one item after another. */
export type ItemExpression = (item: Json, index: number) => Json;

/**
 * Compiles CEL that reads `item`, `index` and `parameters`, within the bounds of the pipeline language.
 * @throws PlatformError what the expression is wrong with
 */
export const compileItemExpression = (source: string, parameters: JsonObject = {}): ItemExpression => {
  const expression = compileExpression(source);
  const foreign = [...expression.references.roots].find((root) => !READABLE.has(root));
  if (foreign !== undefined) {
    throw refusedInput(
      `The expression \`${source.slice(0, 100)}\` reads ${foreign}, which is not there.`,
      'It reads item, index and parameters. Put other values into parameters by templates.',
    );
  }
  return (item, index) => {
    try {
      return expression.evaluate({ ...NOTHING, parameters, item, index });
    } catch (error) {
      throw atItem(error, index);
    }
  };
};

/** Says at which item an expression failed. */
const atItem = (error: unknown, index: number): unknown => {
  if (!(error instanceof PlatformError)) return error;
  const message = `At item ${index}: ${error.message}`;
  return error.code === 'IA_EXPRESSION_LIMIT' ? overLimit(message, error.hint) : refusedInput(message, error.hint);
};
