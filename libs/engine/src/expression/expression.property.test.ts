import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { authoringEnvironment, type CelNode, evaluationEnvironment } from './cel-environment.ts';
import { compileCondition } from './condition.ts';
import { compileExpression, type Scope } from './expression.ts';
import { type Located, printExpression } from './print-expression.ts';
import { printCheckable } from './rewrite.ts';
import { compileTemplate } from './template.ts';
import { toJson } from './to-json.ts';
import { MAX_WORK, workDone } from './work-budget.ts';

const FIELDS = ['a', 'b', 'list', 'text'] as const;
const VARIABLES = ['x', 'item', 'steps'] as const;

/** CEL texts by its grammar, with names that now and then exist. */
const { expression } = fc.letrec<{ expression: string; operand: string; path: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    tie('operand'),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', 'in', '&&', '||'),
        tie('expression'),
      )
      .map(([left, operator, right]) => `(${left}) ${operator} ${right}`),
    fc
      .tuple(tie('operand'), fc.constantFrom('+', '-', '*', '==', '&&', '||'), tie('operand'))
      .map((parts) => parts.join(' ')),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a}) ? ${b} : (${c})`),
    fc
      .tuple(
        tie('operand'),
        fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter'),
        fc.constantFrom(...VARIABLES),
        tie('expression'),
      )
      .map(([list, name, variable, body]) => `${list}.${name}(${variable}, ${body})`),
    fc
      .tuple(fc.constantFrom(...VARIABLES), tie('expression'), tie('expression'))
      .map(([name, value, body]) => `cel.bind(${name}, ${value}, ${body})`),
    fc.tuple(fc.constantFrom('!', '-'), tie('operand')).map(([sign, operand]) => `${sign}(${operand})`),
  ),
  operand: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    tie('path'),
    fc.integer({ min: 0, max: 5 }).map(String),
    fc.constantFrom('1.5', 'true', 'false', 'null', '"a"', "'b'", 'r"\\d"', '"\\u00e9"', 'b"ab"', '2u', '[]', '{}'),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .array(tie('expression'), { maxLength: 2 })
      .map((items) => `{${items.map((item, i) => `"k${i}": ${item}`).join(', ')}}`),
    fc
      .tuple(
        fc.constantFrom('size', 'string', 'int', 'double', 'type', 'dyn', 'duration', 'timestamp', 'bool'),
        tie('expression'),
      )
      .map(([name, argument]) => `${name}(${argument})`),
    fc
      .tuple(
        tie('operand'),
        fc.constantFrom('contains', 'startsWith', 'matches', 'split', 'join', 'indexOf'),
        tie('operand'),
      )
      .map(([text, name, argument]) => `${text}.${name}(${argument})`),
    tie('path').map((path) => `has(${path}.a)`),
    tie('path').map((path) => `has(${path}["b"].text)`),
  ),
  path: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom('parameters', 'steps.s.output', 'trigger', 'item', 'x', 'iteration'),
    fc.tuple(tie('path'), fc.constantFrom(...FIELDS)).map(([path, field]) => `${path}.${field}`),
    fc.tuple(tie('path'), tie('operand')).map(([path, key]) => `${path}[${key}]`),
  ),
}));

const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const record = fc.oneof(
  value,
  fc.record({
    a: value,
    b: value,
    list: fc.array(value, { maxLength: 4 }),
    text: fc.string({ unit: 'binary' }),
  }) as fc.Arbitrary<Json>,
);
const scopes: fc.Arbitrary<Scope> = fc
  .record({ parameters: record, output: record, trigger: record, item: record })
  .map(({ parameters, output, trigger, item }) => ({
    parameters,
    steps: { s: { status: 'succeeded', output } },
    run: { id: 'r' },
    trigger,
    iteration: 2,
    iteration_path: [1, 2],
    item,
  }));

const settle = <T>(action: () => T): T | { readonly failed: string } => {
  try {
    return action();
  } catch (error) {
    if (error instanceof PlatformError) return { failed: error.code };
    throw error;
  }
};

const RUNS = { numRuns: 800 };

it('any expression over any values gives JSON or an error of the platform', () => {
  fc.assert(
    fc.property(expression, scopes, (source, scope) => {
      const result = settle(() => compileExpression(source).evaluate(scope));
      expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(result)));
      expect(workDone()).toBeLessThanOrEqual(MAX_WORK);
      settle(() => compileTemplate({ a: [`x {{ ${source} }}`] }).render(scope));
      settle(() => compileCondition(source).holds(scope));
    }),
    RUNS,
  );
});

it('any text at all is compiled or refused', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...Array.from('ab.()[]{}"\'\\!-+&|?:, 1\n')), maxLength: 40 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const problems: unknown[] = [];
      const options = { allowsSecrets: true, onProblem: (problem: unknown) => problems.push(problem) };
      const template = compileTemplate([text, `{{${text}}}`], options);
      expect(problems.length).toBeLessThanOrEqual(2);
      expect(settle(() => compileExpression(text))).toBeDefined();
      expect(template.isConstant && problems.length === 0 && text.includes('{{')).toBe(false);
    }),
    RUNS,
  );
});

/** A tree without places, to compare. */
const shapeOf = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(shapeOf);
  if (typeof node === 'bigint') return `${node}n`;
  if (typeof node !== 'object' || node === null || !('op' in node)) return String(node);
  const { op, args } = node as CelNode;
  return [op, shapeOf(args)];
};

const parse = (source: string): Located | undefined => {
  try {
    return authoringEnvironment.parse(source).ast;
  } catch {
    return undefined;
  }
};

it('parse ∘ print is the identity', () => {
  fc.assert(
    fc.property(expression, (source) => {
      const ast = parse(source);
      fc.pre(ast !== undefined);
      const printed = printExpression(ast, source);
      const again = parse(printed);
      expect(again && shapeOf(again)).toEqual(shapeOf(ast));
      expect(again && printExpression(again, printed)).toBe(printed);
    }),
    RUNS,
  );
});

it('charging changes no result', () => {
  const without = (source: string, scope: Scope): unknown => {
    try {
      return toJson(evaluationEnvironment.parse(source)(scope));
    } catch {
      return 'failed';
    }
  };
  fc.assert(
    fc.property(expression, scopes, (source, scope) => {
      const ast = parse(source);
      fc.pre(ast !== undefined && printCheckable(ast, source) === undefined);
      const compiled = settle(() => compileExpression(source));
      fc.pre('evaluate' in compiled);
      const charged = settle(() => compiled.evaluate(scope));
      const isFailed = typeof charged === 'object' && charged !== null && 'failed' in charged;
      expect(isFailed ? 'failed' : charged).toEqual(without(source, scope));
    }),
    RUNS,
  );
});
