import type { PluginCandidate } from './constraints.ts';

export type InstallOrder =
  | { readonly order: readonly PluginCandidate[]; readonly cycle: null }
  /** The names on a way that leads from a package back to itself. */
  | { readonly order: null; readonly cycle: readonly string[] };

/** Puts chosen versions into an order in which each comes behind what it needs. */
export const findInstallOrder = (chosen: ReadonlyMap<string, PluginCandidate>): InstallOrder => {
  const order: PluginCandidate[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    const candidate = chosen.get(name);
    if (candidate === undefined || done.has(name)) return null;
    for (const needed of Object.keys(candidate.dependencies).toSorted()) {
      const cycle = visit(needed, [...path, name]);
      if (cycle !== null) return cycle;
    }
    done.add(name);
    order.push(candidate);
    return null;
  };
  for (const name of chosen.keys()) {
    const cycle = visit(name, []);
    if (cycle !== null) return { order: null, cycle };
  }
  return { order, cycle: null };
};
