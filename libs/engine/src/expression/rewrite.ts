import { BOUNDED, HAS_KEY, RE2_MATCHES, type CelNode } from './cel-environment.ts';
import { asComprehension, childrenOf, isNode } from './references.ts';

type Located = CelNode & { readonly start: number; readonly end: number };
type Insertion = { readonly at: number; readonly remove: number; readonly text: string };

/** What the evaluator shall run instead of the source, and how deep comprehensions nest in it. */
export type Rewritten = { readonly source: string; readonly comprehensionDepth: number };

/** Makes every comprehension charge its elements to the budget and every `matches` run on RE2. */
export const rewriteExpression = (source: string, ast: CelNode): Rewritten => {
  const insertions: Insertion[] = [];
  let comprehensionDepth = 0;
  const pending: { node: CelNode; depth: number }[] = [{ node: ast, depth: 0 }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { node, depth } = entry;
    const comprehension = asComprehension(node);
    if (comprehension) {
      const { start, end } = comprehension.receiver as Located;
      insertions.push({ at: start, remove: 0, text: `${BOUNDED}(` }, { at: end, remove: 0, text: ')' });
      comprehensionDepth = Math.max(comprehensionDepth, depth + 1);
      pending.push({ node: comprehension.receiver, depth });
      for (const argument of comprehension.args) pending.push({ node: argument, depth: depth + 1 });
      continue;
    }
    const checked = asBracketedHas(node);
    if (checked) {
      insertions.push(...renameHas(source, node as Located, checked));
      pending.push({ node: checked.container, depth });
      continue;
    }
    if (isMatches(node)) insertions.push(renameMatches(source, node));
    for (const child of childrenOf(node)) pending.push({ node: child, depth });
  }
  return { source: applyInsertions(source, insertions), comprehensionDepth };
};

const isMatches = (node: CelNode): boolean => node.op === 'rcall' && (node.args as [string])[0] === 'matches';

const renameMatches = (source: string, node: CelNode): Insertion => {
  const [, receiver] = node.args as [string, Located];
  const at = source.indexOf('matches', receiver.end);
  return { at, remove: 'matches'.length, text: RE2_MATCHES };
};

type Selection = { readonly container: Located; readonly key: string | Located; readonly end: number };

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
  return { container, key, end: argument.end };
};

/** `has(a["b"].c)` becomes `has_key(a["b"], "c")`. */
const renameHas = (source: string, node: Located, { container, key, end }: Selection): Insertion[] => {
  const closing = /^[\s)]*/.exec(source.slice(container.end, end))?.[0].length ?? 0;
  const at = container.end + closing;
  const keySource = isNode(key) ? source.slice(key.start, key.end) : JSON.stringify(key);
  return [
    { at: source.indexOf('has', node.start), remove: 'has'.length, text: HAS_KEY },
    { at, remove: end - at, text: `, ${keySource}` },
  ];
};

const applyInsertions = (source: string, insertions: readonly Insertion[]): string => {
  if (insertions.length === 0) return source;
  let text = '';
  let copied = 0;
  // At one place, what closes comes before what opens; the sort is stable.
  for (const { at, remove, text: inserted } of insertions.toSorted((a, b) => a.at - b.at)) {
    text += source.slice(copied, at) + inserted;
    copied = at + remove;
  }
  return text + source.slice(copied);
};
