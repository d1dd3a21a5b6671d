import { EXPRESSION_ROOTS, SECRETS_ROOT, type CelNode } from './cel-environment.ts';

export type StepReference = {
  readonly stepId: string;
  /** `output`, `status`, `error`, `attempts`; null when the expression takes the step as a whole. */
  readonly field: string | null;
  /** Whether a missing value was thought of: the reference stands in `has(…)` or reads the status. */
  readonly isGuard: boolean;
};

export type References = {
  readonly steps: readonly StepReference[];
  /** Ids in `steps`, each once. */
  readonly stepIds: readonly string[];
  readonly parameters: readonly string[];
  /** Of {@link EXPRESSION_ROOTS}, those that it reads. */
  readonly roots: ReadonlySet<string>;
  /** Whether `steps` is read by a name that is only known at run time. */
  readonly hasDynamicStep: boolean;
};

const COMPREHENSIONS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter']);

export const isNode = (value: unknown): value is CelNode =>
  typeof value === 'object' && value !== null && 'op' in value;

/** The receiver and arguments of `list.all(x, …)` and the like; undefined for every other node. */
export const asComprehension = (
  node: CelNode,
): { readonly receiver: CelNode; readonly args: readonly CelNode[] } | undefined => {
  if (node.op !== 'rcall') return undefined;
  const [name, receiver, args] = node.args as [string, CelNode, CelNode[]];
  if (!COMPREHENSIONS.has(name) || args.length < 2 || args[0]?.op !== 'id') return undefined;
  return { receiver, args };
};

/** The variable, value and body of `cel.bind(x, value, body)`; undefined for every other node. */
export const asBinding = (node: CelNode): readonly CelNode[] | undefined => {
  if (node.op !== 'rcall') return undefined;
  const [name, receiver, args] = node.args as [string, CelNode, CelNode[]];
  return name === 'bind' && receiver.op === 'id' && receiver.args === 'cel' && args.length === 3 ? args : undefined;
};

type Visit = { readonly node: CelNode; readonly isGuard: boolean; readonly locals: ReadonlySet<string> };

const NO_LOCALS: ReadonlySet<string> = new Set();
const ROOTS: ReadonlySet<string> = new Set([...EXPRESSION_ROOTS, SECRETS_ROOT]);

/** Which steps, parameters and roots an expression reads. A variable of its own hides the root of that name. */
export const collectReferences = (root: CelNode): References => {
  const steps: StepReference[] = [];
  const parameters = new Set<string>();
  const roots = new Set<string>();
  let hasDynamicStep = false;
  const pending: Visit[] = [{ node: root, isGuard: false, locals: NO_LOCALS }];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const isGuard = visit.isGuard || isHas(visit.node);
    const chain = chainOf(visit.node);
    if (chain === undefined) {
      pending.push(...partsOf(visit, isGuard));
      continue;
    }
    for (const child of chain.dynamic) pending.push({ node: child, isGuard, locals: visit.locals });
    const [base = '', first, second] = chain.names;
    if (visit.locals.has(base) || !ROOTS.has(base)) continue;
    roots.add(base);
    if (base === 'parameters' && first !== undefined) parameters.add(first);
    if (base === 'steps') {
      if (first === undefined) hasDynamicStep = true;
      else steps.push({ stepId: first, field: second ?? null, isGuard: isGuard || second === 'status' });
    }
  }
  return {
    steps,
    stepIds: [...new Set(steps.map((step) => step.stepId))],
    parameters: [...parameters],
    roots,
    hasDynamicStep,
  };
};

/** A node's children, each with the variables that it sees. */
const partsOf = ({ node, locals }: Visit, isGuard: boolean): Visit[] => {
  const comprehension = asComprehension(node);
  const [variable, ...bodies] = comprehension?.args ?? asBinding(node) ?? [];
  if (variable === undefined) return childrenOf(node).map((child) => ({ node: child, isGuard, locals }));
  const inner = new Set([...locals, String(variable.args)]);
  if (comprehension) {
    return [
      { node: comprehension.receiver, isGuard, locals },
      ...bodies.map((body) => ({ node: body, isGuard, locals: inner })),
    ];
  }
  return bodies.map((body, index) => ({ node: body, isGuard, locals: index === 0 ? locals : inner }));
};

const isHas = (node: CelNode): boolean => node.op === 'call' && Array.isArray(node.args) && node.args[0] === 'has';

export const childrenOf = (node: CelNode): CelNode[] => {
  const children: CelNode[] = [];
  const collect = (value: unknown): void => {
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) for (const item of value) collect(item);
  };
  collect(node.args);
  return children;
};

type Chain = { readonly names: readonly string[]; readonly dynamic: readonly CelNode[] };

/** Reads `a.b["c"].d` as its names, up to the first that is computed; undefined when no variable is at its root. */
const chainOf = (node: CelNode): Chain | undefined => {
  const accesses: (string | CelNode)[] = [];
  let current = node;
  while (current.op === '.' || current.op === '[]') {
    const [object, key] = current.args as [CelNode, string | CelNode];
    accesses.push(literalKey(key));
    current = object;
  }
  if (current.op !== 'id') return undefined;
  const names = [String(current.args)];
  const ordered = accesses.toReversed();
  for (const access of ordered) {
    if (typeof access !== 'string') break;
    names.push(access);
  }
  return { names, dynamic: ordered.filter((access) => typeof access !== 'string') };
};

const literalKey = (key: string | CelNode): string | CelNode =>
  isNode(key) && key.op === 'value' && typeof key.args === 'string' ? key.args : key;
