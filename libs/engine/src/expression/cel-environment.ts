import { Environment } from '@marcbachmann/cel-js';
import { registerBoundedFunctions } from './bounded-functions.ts';

/** The part of the parser's tree that this package reads and rewrites. */
export type CelNode = { readonly op: string; args: unknown };

/** What an expression can read. `item` and the others of a mapped step are there only where one of its items is at hand. */
export const EXPRESSION_ROOTS = [
  'parameters',
  'steps',
  'run',
  'trigger',
  'iteration',
  'iteration_path',
  'item',
  'index',
  'item_path',
  'index_path',
] as const;

/** Known by name, so that an expression that reads it is refused with a reason. */
export const SECRETS_ROOT = 'secrets';

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

const isSameNumber = (left: unknown, right: unknown): boolean => Number(left) === Number(right);

/** JSON has one kind of number, which CEL reads as double: let it meet integer literals (`count + 1`, `count % 2`). */
const mixNumbers = (environment: Environment): void => {
  for (const [operator, apply] of Object.entries(ARITHMETIC)) {
    const handler = (left: unknown, right: unknown): number => apply(Number(left), Number(right));
    // Without its type, a result counts as the left operand's: `1 + count == 4` would compare an integer with a double.
    environment.registerOperator(`int ${operator} double: double`, handler);
    environment.registerOperator(`double ${operator} int: double`, handler);
    if (operator === '%') environment.registerOperator('double % double: double', handler);
  }
  environment.registerOperator('int == double', isSameNumber);
};

/** What `has` is rewritten to where it looks at a key in brackets, which CEL's own does not take. */
export const HAS_KEY = 'has_key';

const hasKey = (container: unknown, key: unknown): boolean => {
  if (Array.isArray(container)) return Number(key) >= 0 && Number(key) < container.length;
  if (container instanceof Map) return container.has(key);
  return typeof container === 'object' && container !== null && Object.hasOwn(container, String(key));
};

const createEnvironment = (): Environment => {
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    limits: { maxDepth: 32, maxAstNodes: 2_000 },
  });
  mixNumbers(environment);
  environment.registerFunction(`${HAS_KEY}(dyn, dyn): bool`, hasKey, { async: false });
  for (const root of [...EXPRESSION_ROOTS, SECRETS_ROOT]) environment.registerVariable(root, 'dyn');
  return environment;
};

/** Reads and checks what authors wrote, within the limits of the language. */
export const authoringEnvironment = createEnvironment();

/** Evaluates rewritten expressions, which are larger than what was written. */
export const evaluationEnvironment = registerBoundedFunctions(
  authoringEnvironment.clone({ limits: { maxDepth: 500, maxAstNodes: 20_000, maxCallArguments: 100 } }),
);
