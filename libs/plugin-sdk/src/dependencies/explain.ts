import { type CandidateList, type Constraint, needsOf, type PluginCandidate, satisfiesAll } from './constraints.ts';
import { findInstallOrder } from './install-order.ts';

/** Why plugins can not be installed together; `path` leads from what is wanted to the package in question. */
export type DependencyProblem = {
  readonly kind: 'missing' | 'conflict' | 'cycle';
  readonly message: string;
  readonly hint: string;
  readonly path: readonly string[];
};

const MAX_PROBLEMS = 20;
const MAX_VERSIONS_TOLD = 5;

/**
 * Takes the highest version of everything, and tells of all that does not fit together. Where an older version of something would
 * fit all that need it, that one is taken instead.
 */
export const explainProblems = (wanted: readonly Constraint[], candidates: CandidateList): DependencyProblem[] => {
  const preferred = new Map<string, PluginCandidate>();
  for (;;) {
    const { problems, older } = takeHighest({ wanted, candidates, preferred });
    if (older === undefined) return problems;
    preferred.set(older.name, older);
  }
};

type Taking = {
  readonly wanted: readonly Constraint[];
  readonly candidates: CandidateList;
  readonly preferred: ReadonlyMap<string, PluginCandidate>;
};
type Taken = { readonly problems: DependencyProblem[]; readonly older?: PluginCandidate };

const takeHighest = ({ wanted, candidates, preferred }: Taking): Taken => {
  const problems: DependencyProblem[] = [];
  const chosen = new Map<string, PluginCandidate>();
  const refused = new Set<string>();
  const needed = new Map<string, readonly Constraint[]>();
  const pending = [...wanted];
  for (let next = pending.shift(); next !== undefined && problems.length < MAX_PROBLEMS; next = pending.shift()) {
    const { name } = next;
    const all = [...(needed.get(name) ?? []), next];
    needed.set(name, all);
    const current = chosen.get(name);
    if (refused.has(name) || (current !== undefined && satisfiesAll(current.version, [next]))) continue;
    const fitting = [preferred.get(name) ?? [], candidates(name)].flat().find((one) => satisfiesAll(one.version, all));
    if (fitting !== undefined && current !== undefined && !preferred.has(name)) return { problems, older: fitting };
    if (fitting !== undefined && current === undefined) {
      chosen.set(name, fitting);
      pending.push(...needsOf(fitting, next.path));
      continue;
    }
    refused.add(name);
    problems.push(
      all.length === 1 ? missing(next, candidates(name)) : conflict(all.slice(0, -1), next, candidates(name)),
    );
  }
  const { cycle } = findInstallOrder(chosen);
  return { problems: cycle === null ? problems : [...problems, circle(cycle)] };
};

const chain = (path: readonly string[]): string => path.join(' → ');
const needs = ({ name, range, path }: Constraint): string =>
  path.length === 0 ? `${name} ${range} is asked for` : `${chain(path)} needs ${name} ${range}`;

const missing = (constraint: Constraint, versions: readonly PluginCandidate[]): DependencyProblem => {
  const { name, range, path } = constraint;
  const there = versions.slice(0, MAX_VERSIONS_TOLD).map(({ version }) => version);
  return {
    kind: 'missing',
    message:
      there.length === 0
        ? `${needs(constraint)}, but there is no such package.`
        : `${needs(constraint)}, but no version fits: there is ${there.join(', ')}${versions.length > there.length ? ' and older' : ''}.`,
    hint:
      there.length === 0
        ? `Publish ${name}, or look at how its name is written.`
        : `Publish a version of ${name} that fits ${range}, or ask for a range that one of these fits.`,
    path: [...path, name],
  };
};

/** Told with the first need that the new one can not be met together with. */
const conflict = (
  earlier: readonly Constraint[],
  constraint: Constraint,
  versions: readonly PluginCandidate[],
): DependencyProblem => {
  const { name, path } = constraint;
  const excludes = (other: Constraint): boolean =>
    !versions.some(({ version }) => satisfiesAll(version, [other, constraint]));
  const others = earlier.find(excludes) === undefined ? earlier : earlier.filter(excludes).slice(0, 1);
  return {
    kind: 'conflict',
    message: `${needs(constraint)}, but ${others.map(needs).join(' and ')}.`,
    hint: `No one version of ${name} fits all of it: update whichever asks for the older range.`,
    path: [...path, name],
  };
};

const circle = (cycle: readonly string[]): DependencyProblem => ({
  kind: 'cycle',
  message:
    cycle.length === 2
      ? `${cycle[0]} needs itself.`
      : `${chain(cycle)}: each of these plugins needs the next one, and the last is the first again.`,
  hint: 'Take one of these dependencies out, for example by moving what both need into a third plugin.',
  path: cycle,
});
