import type { JsonObject } from '@ia-modules/plugin-sdk';
import { didYouMean } from '../definition/suggest.ts';
import { authoringEnvironment } from './cel-environment.ts';
import type { Expression } from './expression.ts';
import { checkMethod, FUNCTION_TYPES } from './method-types.ts';
import { checkOperator } from './operator-types.ts';
import type { Located } from './print-expression.ts';
import { asBinding, asComprehension } from './references.ts';
import * as types from './static-type.ts';
import { describe, describeFirst, type Locals, type StaticType, type TypeCheck } from './static-type.ts';

/** What the validator knows of the values that an expression reads. */
export type KnownSchemas = {
  /** The JSON Schema that the run's parameters fit. */
  readonly parameters?: JsonObject | undefined;
  /**
   * The JSON Schema that a step's `output` surely fits where the expression stands, with its fallback, transforms and mapping
   * counted in; undefined when it is not known.
   */
  readonly outputs?: ((stepId: string) => JsonObject | undefined) | undefined;
};

/** A part of an expression that can not work whatever the values are. */
export type TypeProblem = {
  readonly message: string;
  readonly hint?: string | undefined;
  /** The part's place in the expression's source, from `start` up to `end`. */
  readonly start: number;
  readonly end: number;
};

/** What is known of an expression's value, and what can't be right in the expression. */
export type InferredType = { readonly type: StaticType; readonly problems: readonly TypeProblem[] };

/** As {@link checkTypes}, with what the expression's value surely is. */
export const inferType = (expression: Expression, known: KnownSchemas): InferredType => {
  const problems: TypeProblem[] = [];
  const roots = rootTypes(known);
  const infer = (node: Located, locals: Locals): StaticType => inferNode(node, locals, check);
  const check: NodeCheck = {
    roots,
    infer,
    report: ({ start, end }, message, hint) => problems.push({ message, hint, start, end }),
  };
  return { type: infer(authoringEnvironment.parse(expression.source).ast, new Map()), problems };
};

/**
 * Finds what surely fails, or surely compares what is never equal, given the schemas of the values. It is silent where it does not
 * know: an expression without problems may still fail.
 */
export const checkTypes = (expression: Expression, known: KnownSchemas): readonly TypeProblem[] =>
  inferType(expression, known).problems;

type NodeCheck = TypeCheck & { readonly roots: Readonly<Record<string, StaticType>> };

const rootTypes = ({ parameters, outputs }: KnownSchemas): Record<string, StaticType> => ({
  parameters: parameters === undefined ? types.OBJECT : types.typeOfSchema({ ...parameters, type: 'object' }),
  steps: {
    ...types.OBJECT,
    field: (stepId) =>
      types.objectOf({
        output: types.typeOfSchema(outputs?.(stepId)),
        status: types.TEXT,
        error: types.ANY,
        attempts: types.NUMBER,
      }),
  },
  run: types.objectOf({ id: types.TEXT, started_at: types.TEXT, pipeline: types.TEXT }),
  iteration: types.NUMBER,
  iteration_path: types.listOf(types.NUMBER),
  index: types.NUMBER,
  index_path: types.listOf(types.NUMBER),
  item_path: types.LIST,
});

const inferNode = (node: Located, locals: Locals, check: NodeCheck): StaticType => {
  switch (node.op) {
    case 'value':
      return typeOfLiteral(node.args);
    case 'id': {
      const name = String(node.args);
      return locals.get(name) ?? (Object.hasOwn(check.roots, name) ? (check.roots[name] ?? types.ANY) : types.ANY);
    }
    case '.': {
      const [object, name] = node.args as [Located, string];
      return inferField(node, check.infer(object, locals), name, check);
    }
    case '[]': {
      const [object, key] = node.args as [Located, Located];
      return inferElement(node, { object: check.infer(object, locals), key, locals }, check);
    }
    case 'list':
      for (const item of node.args as readonly Located[]) check.infer(item, locals);
      return types.LIST;
    case 'map':
      for (const item of (node.args as readonly (readonly Located[])[]).flat()) check.infer(item, locals);
      return types.OBJECT;
    case 'call': {
      const [name, args] = node.args as [string, readonly Located[]];
      // What has() asks for may be missing: that is what it is for.
      if (name !== 'has') for (const argument of args) check.infer(argument, locals);
      return Object.hasOwn(FUNCTION_TYPES, name) ? (FUNCTION_TYPES[name] ?? types.ANY) : types.ANY;
    }
    case 'rcall':
      return inferMethod(node, locals, check);
    default:
      return checkOperator(node, locals, check);
  }
};

const typeOfLiteral = (value: unknown): StaticType => {
  if (typeof value === 'string') return types.TEXT;
  if (typeof value === 'boolean') return types.TRUTH;
  if (value === null) return types.NULL;
  return typeof value === 'number' || typeof value === 'bigint' ? types.NUMBER : types.ANY;
};

const inferField = (node: Located, object: StaticType, name: string, check: NodeCheck): StaticType => {
  const { kinds, closedFields, field } = object;
  if (kinds !== undefined && !kinds.has('an object')) {
    check.report(node, `${describeFirst(object)} has no field '${name}'.`);
    return types.ANY;
  }
  if (closedFields !== undefined && !closedFields.includes(name)) {
    check.report(node, `There is no field '${name}' in this object.`, didYouMean(name, closedFields));
    return types.ANY;
  }
  return field?.(name) ?? types.ANY;
};

type ElementAccess = { readonly object: StaticType; readonly key: Located; readonly locals: Locals };

const inferElement = (node: Located, { object, key, locals }: ElementAccess, check: NodeCheck): StaticType => {
  const { kinds, element } = object;
  const keyType = check.infer(key, locals);
  if (kinds !== undefined && !kinds.has('an object') && !kinds.has('a list')) {
    check.report(node, `${describeFirst(object)} has no elements.`);
    return types.ANY;
  }
  if (key.op === 'value' && typeof key.args === 'string' && types.isOnly(kinds, 'an object')) {
    return inferField(node, object, key.args, check);
  }
  if (types.isOnly(kinds, 'a list') && keyType.kinds !== undefined && !keyType.kinds.has('a number')) {
    check.report(key, `An element of a list is named by a number, not by ${describe(keyType)}.`);
  }
  return types.isOnly(kinds, 'a list') ? (element ?? types.ANY) : types.ANY;
};

const inferMethod = (node: Located, locals: Locals, check: NodeCheck): StaticType => {
  const [name, receiver, args] = node.args as [string, Located, readonly Located[]];
  const binding = asBinding(node) as readonly Located[] | undefined;
  if (binding) {
    const [variable, value, body] = binding as [Located, Located, Located];
    return check.infer(body, new Map([...locals, [String(variable.args), check.infer(value, locals)]]));
  }
  const object = check.infer(receiver, locals);
  if (!asComprehension(node)) {
    for (const argument of args) check.infer(argument, locals);
    return checkMethod(node, object, check);
  }
  const [variable, ...bodies] = args;
  if (object.kinds !== undefined && !object.kinds.has('a list') && !object.kinds.has('an object')) {
    check.report(node, `${name}() needs a list or an object, not ${describe(object)}.`);
  }
  const inner = new Map([...locals, [String(variable?.args), elementOf(object)]]);
  const results = bodies.map((body) => check.infer(body, inner));
  if (name === 'filter') return types.isOnly(object.kinds, 'a list') ? object : types.LIST;
  return name === 'map' ? types.listOf(results.at(-1) ?? types.ANY) : types.TRUTH;
};

const elementOf = ({ kinds, element }: StaticType): StaticType => {
  if (types.isOnly(kinds, 'an object')) return types.TEXT;
  return types.isOnly(kinds, 'a list') ? (element ?? types.ANY) : types.ANY;
};
