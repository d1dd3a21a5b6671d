import {
  BOUNDED_METHODS,
  DURATION_TEXT,
  MADE,
  NEEDLE,
  PART,
  READ,
  SEARCHED,
  SIZED,
  VISIT,
  WHOLE,
} from './bounded-functions.ts';
import { HAS_KEY, type CelNode } from './cel-environment.ts';
import { LEVELS, type Located, MEMBER_LEVEL, printCall, printExpression, type Rewriter } from './print-expression.ts';
import { asComprehension, childrenOf, isNode } from './references.ts';

/** How deep comprehensions nest in an expression. */
export const comprehensionDepthOf = (root: CelNode): number => {
  let deepest = 0;
  const pending: { readonly node: CelNode; readonly depth: number }[] = [{ node: root, depth: 0 }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const comprehension = asComprehension(entry.node);
    deepest = Math.max(deepest, comprehension ? entry.depth + 1 : entry.depth);
    if (comprehension) {
      pending.push({ node: comprehension.receiver, depth: entry.depth });
      for (const node of comprehension.args) pending.push({ node, depth: entry.depth + 1 });
    } else for (const node of childrenOf(entry.node)) pending.push({ node, depth: entry.depth });
  }
  return deepest;
};

/**
 * What to check in place of an expression: `has` with brackets, which CEL's own does not take, becomes a function.
 * Undefined when there is none.
 */
export const printCheckable = (root: CelNode, source: string): string | undefined => {
  let hasBracketedHas = false;
  const text = printExpression(root as Located, source, (node, print) => {
    const selection = asBracketedHas(node);
    if (selection === undefined) return undefined;
    hasBracketedHas = true;
    return printSelection(selection, print);
  });
  return hasBracketedHas ? text : undefined;
};

/** What to evaluate in place of an expression: the same, with everything that can take time or space charged to the budget. */
export const printCharged = (root: CelNode, source: string): string =>
  printExpression(root as Located, source, (node, print) =>
    node === root && isAccess(node) ? undefined : chargeNode(node, print),
  );

type Print = (node: Located, level?: number) => string;

const chargeNode: Rewriter = (node, print) => {
  switch (node.op) {
    case 'id':
    case '.':
    case '[]':
      return node.args === 'cel' ? undefined : `${READ}(${printAccess(node, print)})`;
    case 'call':
      return chargeCall(node, print);
    case 'rcall':
      return chargeMethod(node, print);
    case '+':
      return chargeSum(node, print);
    case '==':
    case '!=': {
      const [left, right] = node.args as [Located, Located];
      if (isScalar(left) || isScalar(right)) return undefined;
      return `(${charge(WHOLE, left, print)} ${node.op} ${charge(WHOLE, right, print)})`;
    }
    case 'in': {
      const [left, right] = node.args as [Located, Located];
      if (right.op === 'list' && childrenOf(right).every(isScalar)) return undefined;
      const needle = isScalar(left) ? print(left, LEVELS.in) : charge(NEEDLE, left, print);
      return `(${needle} in ${charge(SEARCHED, right, print)})`;
    }
    default:
      return undefined;
  }
};

/** A value that is charged by something else than for being read. */
const charge = (name: string, node: Located, print: Print): string =>
  `${name}(${isAccess(node) ? printAccess(node, print) : print(node)})`;

const isAccess = (node: CelNode): boolean => node.op === 'id' || node.op === '.' || node.op === '[]';

/** `a.b[c].d`, charged once for all of it; what is computed in its brackets is charged by itself. */
const printAccess = (node: Located, print: Print): string => {
  if (node.op === 'id') return String(node.args);
  if (node.op === '.') {
    const [object, name] = node.args as [Located, string];
    return `${printObject(object, print)}.${name}`;
  }
  const [object, key] = node.args as [Located, Located];
  return `${printObject(object, print)}[${print(key)}]`;
};

const printObject = (object: Located, print: Print): string =>
  isAccess(object) ? printAccess(object, print) : print(object, MEMBER_LEVEL);

const chargeCall = (node: Located, print: Print): string | undefined => {
  const [name, args] = node.args as [string, readonly Located[]];
  const [argument] = args;
  if (name === 'duration' && argument) return `duration(${DURATION_TEXT}(${print(argument)}))`;
  if (name === 'size' && args.length === 1 && argument) return `size(${charge(SIZED, argument, print)})`;
  if (name !== 'has' || argument === undefined) return undefined;
  const selection = asBracketedHas(node);
  return selection ? printSelection(selection, print) : `has(${printAccess(argument, print)})`;
};

const chargeMethod = (node: Located, print: Print): string | undefined => {
  const [name, receiver, args] = node.args as [string, Located, readonly Located[]];
  const comprehension = asComprehension(node);
  if (comprehension) {
    const [variable, ...bodies] = args;
    const printed = bodies.map((body) => print(body)).join(', ');
    return `${VISIT}(${isAccess(receiver) ? printAccess(receiver, print) : print(receiver)}, ${workOf(bodies)}).${name}(${String(variable?.args)}, ${printed})`;
  }
  if (name === 'bind' && receiver.args === 'cel') {
    const [variable, ...rest] = args;
    return `cel.bind(${String(variable?.args)}, ${rest.map((item) => print(item)).join(', ')})`;
  }
  if (name === 'size' && args.length === 0) return `${charge(SIZED, receiver, print)}.size()`;
  const bounded = Object.hasOwn(BOUNDED_METHODS, name) ? BOUNDED_METHODS[name] : undefined;
  return bounded === undefined ? undefined : `${print(receiver, MEMBER_LEVEL)}.${printCall(bounded, args, print)}`;
};

/** A time zone is looked up for each call, which takes a tenth of a millisecond. */
const ZONED_METHOD = /^get[A-Z]/;
const ZONED_WORK = 1_000;

/** About how much work it is to evaluate these once, comprehensions in them aside. */
const workOf = (nodes: readonly CelNode[]): number => {
  let work = 0;
  const pending: CelNode[] = [...nodes];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    work += 1;
    if (node.op === 'rcall') {
      const [name, , args] = node.args as [string, CelNode, readonly CelNode[]];
      if (args.length > 0 && ZONED_METHOD.test(name)) work += ZONED_WORK;
    }
    pending.push(...childrenOf(node));
  }
  return work;
};

/**
 * Bounds what a sum of texts or lists makes. Lists are copied at each `+`: an operand is charged for every copy that it gets into,
 * before it is made.
 */
const chargeSum = (node: Located, print: Print): string | undefined => {
  const operands: Located[] = [];
  let current = node;
  while (current.op === '+') {
    const [left, right] = current.args as [Located, Located];
    operands.push(right);
    current = left;
  }
  operands.push(current);
  operands.reverse();
  if (operands.slice(0, 2).some(isNumeric)) return operands.length === 2 ? undefined : printSum(operands, print);
  return `${MADE}(${printSum(operands, print)})`;
};

const printSum = (operands: readonly Located[], print: Print): string => {
  const texts = operands.map((operand, index) => {
    const text = print(operand, index === 0 ? LEVELS['+'] : LEVELS['+'] + 1);
    return operands.length === 2 || isScalar(operand)
      ? text
      : `${PART}(${text}, ${operands.length - Math.max(index, 1)})`;
  });
  return `(${texts.join(' + ')})`;
};

const isNumeric = (node: CelNode): boolean =>
  (node.op === 'value' && (typeof node.args === 'bigint' || typeof node.args === 'number')) ||
  node.op === '*' ||
  node.op === '/' ||
  node.op === '%' ||
  (node.op === '-_' && isNode(node.args));

const SCALAR_OPERATORS: ReadonlySet<string> = new Set('value == != < <= > >= in && || !_ -_ - * / %'.split(' '));
const SCALAR_CALLS: ReadonlySet<string> = new Set([
  'size',
  'int',
  'double',
  'uint',
  'bool',
  'has',
  'timestamp',
  'type',
]);

/** Whether a value is surely a number, a truth or the like, or a text as short as the source that it is written in. */
const isScalar = (node: CelNode): boolean =>
  SCALAR_OPERATORS.has(node.op) || (node.op === 'call' && SCALAR_CALLS.has((node.args as [string])[0]));

type Selection = { readonly container: Located; readonly key: string | Located };

/** The argument of a `has` with brackets in it; undefined for every other node. */
const asBracketedHas = (node: CelNode): Selection | undefined => {
  if (node.op !== 'call') return undefined;
  const [name, args] = node.args as [string, readonly Located[]];
  const [argument] = args;
  if (name !== 'has' || args.length !== 1 || argument === undefined) return undefined;
  let hasBrackets = false;
  for (
    let current: CelNode = argument;
    current.op === '.' || current.op === '[]';
    [current] = current.args as [CelNode]
  ) {
    hasBrackets ||= current.op === '[]';
  }
  if (!hasBrackets) return undefined;
  const [container, key] = argument.args as [Located, string | Located];
  return { container, key };
};

/** `has(a["b"].c)` becomes `has_key(a["b"], "c")`. */
const printSelection = ({ container, key }: Selection, print: Print): string =>
  `${HAS_KEY}(${print(container)}, ${typeof key === 'string' ? JSON.stringify(key) : print(key)})`;
