/** A transition as far as cycles go. */
export type Edge = { readonly from: string; readonly to: string; readonly isLoop: boolean };

/** Finds the transitions that close a cycle, looking from the start: those that lead back to a step on the way to their own. */
export const findClosingEdges = (edges: readonly Edge[], start: readonly string[]): number[] => {
  const outgoing = new Map<string, number[]>();
  const targets = new Set<string>();
  for (const [index, { from, to, isLoop }] of edges.entries()) {
    if (isLoop) continue;
    targets.add(to);
    const known = outgoing.get(from);
    if (known === undefined) outgoing.set(from, [index]);
    else known.push(index);
  }
  const sources = [...outgoing.keys()];
  const roots = [...start, ...sources.filter((step) => !targets.has(step)), ...sources];
  const closing: number[] = [];
  const ended = new Set<string>();
  for (const root of roots) if (!ended.has(root)) walk(root, { edges, outgoing, ended, closing });
  return closing.toSorted((a, b) => a - b);
};

type Walk = {
  readonly edges: readonly Edge[];
  readonly outgoing: ReadonlyMap<string, readonly number[]>;
  readonly ended: Set<string>;
  readonly closing: number[];
};

/** Depth first, with the way kept in a list: a chain of any length ends. */
const walk = (root: string, { edges, outgoing, ended, closing }: Walk): void => {
  const way = [{ step: root, next: 0 }];
  const onWay = new Set([root]);
  for (let place = way.at(-1); place !== undefined; place = way.at(-1)) {
    const index = outgoing.get(place.step)?.[place.next];
    place.next += 1;
    const target = index === undefined ? undefined : edges[index]?.to;
    if (index === undefined || target === undefined) {
      way.pop();
      onWay.delete(place.step);
      ended.add(place.step);
    } else if (onWay.has(target)) {
      closing.push(index);
    } else if (!ended.has(target)) {
      way.push({ step: target, next: 0 });
      onWay.add(target);
    }
  }
};
