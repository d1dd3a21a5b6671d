import {
  type CandidateList,
  type Choice,
  constrain,
  type Constraint,
  needsOf,
  type PluginCandidate,
  satisfiesAll,
  sortedCandidates,
} from './constraints.ts';
import { type DependencyProblem, explainProblems } from './explain.ts';
import { findInstallOrder } from './install-order.ts';

export type { PluginCandidate } from './constraints.ts';
export type { DependencyProblem } from './explain.ts';

export type WantedPlugin = { readonly name: string; readonly range: string };

export type ResolveRequest = {
  readonly wanted: readonly WantedPlugin[];
  /** Every version of a package that may be chosen, in any order; asked once for each name. */
  readonly candidates: (name: string) => readonly PluginCandidate[];
};

export type ResolvedPlugins =
  | { readonly ok: true; readonly order: readonly PluginCandidate[] }
  | { readonly ok: false; readonly problems: readonly DependencyProblem[] };

/** How many versions and ranges are compared in all before the search is given up: some tenths of a second. */
const MAX_WORK = 60_000;
/** Entries of a choice that can be copied for one comparison. */
const COPIED = 50;
const MAX_PACKAGES = 500;

/**
 * Finds one version of each plugin that is wanted or needed, such that all ranges hold: of what is wanted the highest, in the order
 * in which it is named. `order` has each plugin behind the ones that it needs.
 *
 * @example
 * const resolved = resolvePlugins({ wanted: [{ name: '@community/weather', range: '^1.0.0' }], candidates });
 * const install = resolved.ok ? resolved.order.map(({ name, version }) => `${name}@${version}`) : [];
 */
export const resolvePlugins = ({ wanted, candidates }: ResolveRequest): ResolvedPlugins => {
  const list = sortedCandidates(candidates);
  const constraints = wanted.map(({ name, range }): Constraint => ({ name, range, path: [] }));
  const budget = { work: MAX_WORK };
  const start = constrain({ chosen: new Map(), constraints: new Map(), open: [] }, constraints);
  const order = start === null ? null : search(start, list, budget);
  if (order !== null) return { ok: true, order };
  const problems = explainProblems(constraints, list);
  return { ok: false, problems: budget.work > 0 ? problems : [...problems, gaveUp(wanted)] };
};

/** Chooses for the first open package its highest version that leads to an end; null when none does. */
const search = (choice: Choice, list: CandidateList, budget: { work: number }): readonly PluginCandidate[] | null => {
  const [name, ...open] = choice.open;
  if (name === undefined) {
    budget.work -= choice.chosen.size;
    return findInstallOrder(choice.chosen).order;
  }
  const constraints = choice.constraints.get(name) ?? [];
  for (const candidate of list(name)) {
    if (choice.chosen.size >= MAX_PACKAGES) budget.work = 0;
    if (budget.work <= 0) return null;
    budget.work -= constraints.length;
    if (!satisfiesAll(candidate.version, constraints)) continue;
    const needs = needsOf(candidate, constraints[0]?.path ?? []);
    budget.work -= 1 + needs.length + (choice.chosen.size + choice.constraints.size) / COPIED;
    const next = constrain({ ...choice, chosen: new Map(choice.chosen).set(name, candidate), open }, needs);
    const order = next === null ? null : search(next, list, budget);
    if (order !== null) return order;
  }
  return null;
};

const gaveUp = (wanted: readonly WantedPlugin[]): DependencyProblem => ({
  kind: 'conflict',
  message: `No set of versions that fits was found among the first ${MAX_WORK} comparisons and ${MAX_PACKAGES} packages.`,
  hint: 'Ask for narrower ranges, so that fewer versions come into question.',
  path: wanted.map(({ name }) => name),
});
