import type { Located } from './print-expression.ts';
import {
  ANY,
  describe,
  eitherOf,
  type Kind,
  type Locals,
  NUMBER,
  type StaticType,
  TRUTH,
  type TypeCheck,
} from './static-type.ts';

const ADDED: readonly Kind[] = ['a number', 'a text', 'a list'];
const ORDERED: readonly Kind[] = ['a number', 'a text', 'true or false'];

/** The type of an operator's result, with a report when its operands surely don't fit. */
export const checkOperator = (node: Located, locals: Locals, check: TypeCheck): StaticType => {
  switch (node.op) {
    case '!_':
      needTruth(node.args as Located, locals, check);
      return TRUTH;
    case '-_':
      return checkNegation(node, locals, check);
    case '?:': {
      const [condition, chosen, other] = node.args as [Located, Located, Located];
      needTruth(condition, locals, check);
      return eitherOf(check.infer(chosen, locals), check.infer(other, locals));
    }
    case '&&':
    case '||':
      for (const operand of node.args as readonly Located[]) needTruth(operand, locals, check);
      return TRUTH;
    default:
      return checkPair(node, locals, check);
  }
};

const checkPair = (node: Located, locals: Locals, check: TypeCheck): StaticType => {
  const [left, right] = (node.args as readonly Located[]).map((operand) => check.infer(operand, locals));
  if (left === undefined || right === undefined) return ANY;
  switch (node.op) {
    case '==':
    case '!=':
      checkEquality(node, { left, right }, check);
      return TRUTH;
    case 'in':
      if (right.kinds !== undefined && !right.kinds.has('a list') && !right.kinds.has('an object')) {
        check.report(node, `in needs a list or an object, not ${describe(right)}.`);
      }
      return TRUTH;
    case '<':
    case '<=':
    case '>':
    case '>=':
      needPair(node, { left, right, kinds: ORDERED, verb: 'compare' }, check);
      return TRUTH;
    case '+':
      return needPair(node, { left, right, kinds: ADDED, verb: 'add' }, check);
    default:
      return needPair(node, { left, right, kinds: ['a number'], verb: 'calculate with' }, check);
  }
};

const needTruth = (operand: Located, locals: Locals, check: TypeCheck): void => {
  const type = check.infer(operand, locals);
  if (type.kinds === undefined || type.kinds.has('true or false')) return;
  check.report(operand, `This is ${describe(type)}, not true or false.`, 'Compare it, for example with == or >.');
};

const checkNegation = (node: Located, locals: Locals, check: TypeCheck): StaticType => {
  const type = check.infer(node.args as Located, locals);
  if (type.kinds === undefined) return ANY;
  if (!type.kinds.has('a number')) check.report(node, `- can not calculate with ${describe(type)}.`);
  return NUMBER;
};

type Operands = { readonly left: StaticType; readonly right: StaticType };

/** Values of different kinds are never equal; whether something is null may always be asked. */
const checkEquality = (node: Located, { left, right }: Operands, check: TypeCheck): void => {
  if (left.kinds === undefined || right.kinds === undefined) return;
  if (left.kinds.has('null') || right.kinds.has('null')) return;
  if ([...left.kinds].some((kind) => right.kinds?.has(kind))) return;
  check.report(
    node,
    `${describe(left)} and ${describe(right)} are never equal.`,
    left.kinds.has('a text') ? 'Write both as texts or both as numbers.' : undefined,
  );
};

type NeededPair = Operands & { readonly kinds: readonly Kind[]; readonly verb: string };

/** Both have to be of one of these kinds, the same; gives that type as far as it is certain. */
const needPair = (node: Located, { left, right, kinds, verb }: NeededPair, check: TypeCheck): StaticType => {
  const possible = kinds.filter((kind) => left.kinds?.has(kind) !== false && right.kinds?.has(kind) !== false);
  const isKnown = left.kinds !== undefined && right.kinds !== undefined;
  // A value of an unknown kind may be a timestamp or a duration, which go with their own kind only.
  if (possible.length === 0) {
    check.report(
      node,
      `${node.op} can not ${verb} ${[left, right].map((type) => describe(type) || 'this').join(' and ')}.`,
      verb === 'add' ? 'Write string(…) around what is no text.' : undefined,
    );
  }
  return isKnown && possible.length > 0 ? { kinds: new Set(possible) } : ANY;
};
