import type { CelNode } from './cel-environment.ts';

/** A node with its place in the source. */
export type Located = CelNode & { readonly start: number; readonly end: number };

/** Gives another text for a node than its own; undefined leaves it. `print` prints a node below it the same way. */
export type Rewriter = (node: Located, print: (node: Located, level?: number) => string) => string | undefined;

/** How strongly an operator binds: an operand that binds less stands in brackets. */
export const LEVELS = {
  '?:': 1,
  '||': 2,
  '&&': 3,
  '==': 4,
  '!=': 4,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  in: 5,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  '%': 7,
  '!_': 8,
  '-_': 8,
} as const;

const levelOf = (node: CelNode): number => (LEVELS as Readonly<Record<string, number>>)[node.op] ?? MEMBER_LEVEL;
export const MEMBER_LEVEL = 9;

/**
 * Writes a syntax tree as CEL. Parsing the text gives the same tree; literals stay as they are in `source`, from which the tree was
 * read. A `rewrite` puts other text in place of nodes; what it gives counts as one operand.
 */
export const printExpression = (root: Located, source: string, rewrite: Rewriter = () => undefined): string => {
  const print = (node: Located, level = 0): string => {
    const rewritten = rewrite(node, print);
    if (rewritten !== undefined) return rewritten;
    const text = printNode(node, source, print);
    return levelOf(node) < level ? `(${text})` : text;
  };
  return print(root);
};

type Print = (node: Located, level?: number) => string;

const printNode = (node: Located, source: string, print: Print): string => {
  switch (node.op) {
    case 'value':
      return source.slice(node.start, node.end);
    case 'id':
      return String(node.args);
    case '.': {
      const [object, name] = node.args as [Located, string];
      return `${print(object, MEMBER_LEVEL)}.${name}`;
    }
    case '[]': {
      const [object, key] = node.args as [Located, Located];
      return `${print(object, MEMBER_LEVEL)}[${print(key)}]`;
    }
    case 'call': {
      const [name, args] = node.args as [string, readonly Located[]];
      return printCall(name, args, print);
    }
    case 'rcall': {
      const [name, receiver, args] = node.args as [string, Located, readonly Located[]];
      return `${print(receiver, MEMBER_LEVEL)}.${printCall(name, args, print)}`;
    }
    case 'list':
      return `[${(node.args as readonly Located[]).map((item) => print(item)).join(', ')}]`;
    case 'map':
      return `{${(node.args as readonly (readonly [Located, Located])[])
        .map(([key, value]) => `${print(key)}: ${print(value)}`)
        .join(', ')}}`;
    default:
      return printOperator(node, print);
  }
};

export const printCall = (name: string, args: readonly Located[], print: Print): string =>
  `${name}(${args.map((argument) => print(argument)).join(', ')})`;

const printOperator = (node: Located, print: Print): string => {
  const level = levelOf(node);
  if (node.op === '!_' || node.op === '-_') {
    const operand = node.args as Located;
    // Two signs in a row would read as one sign of another kind.
    return `${node.op[0]}${print(operand, operand.op === node.op ? MEMBER_LEVEL : level)}`;
  }
  if (node.op === '?:') {
    const [condition, chosen, other] = node.args as [Located, Located, Located];
    return `${print(condition, level + 1)} ? ${print(chosen, level)} : ${print(other, level)}`;
  }
  const [left, right] = node.args as [Located, Located];
  return `${print(left, level)} ${node.op} ${print(right, level + 1)}`;
};
