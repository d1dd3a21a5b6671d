import semver from 'semver';

/** One version of a package that could be chosen. */
export type PluginCandidate = {
  readonly name: string;
  readonly version: string;
  /** Ranges by package. */
  readonly dependencies: Readonly<Record<string, string>>;
};

/** Somebody needs a package in a range; `path` leads from what is wanted to whoever needs it, and is empty for what is wanted itself. */
export type Constraint = { readonly name: string; readonly range: string; readonly path: readonly string[] };

/** What was chosen so far, what it needs, and what nobody has looked at yet. */
export type Choice = {
  readonly chosen: ReadonlyMap<string, PluginCandidate>;
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>;
  readonly open: readonly string[];
};

/** The versions of a package, highest first. */
export type CandidateList = (name: string) => readonly PluginCandidate[];

/** Remembers lists and sorts each once; versions that are none are left out. */
export const sortedCandidates = (candidates: CandidateList): CandidateList => {
  const lists = new Map<string, readonly PluginCandidate[]>();
  return (name) => {
    const known = lists.get(name);
    if (known !== undefined) return known;
    const valid = candidates(name).filter(({ version }) => semver.valid(version) !== null);
    const list = valid.toSorted((a, b) => semver.rcompare(a.version, b.version));
    lists.set(name, list);
    return list;
  };
};

export const satisfiesAll = (version: string, constraints: readonly Constraint[]): boolean =>
  constraints.every(({ range }) => semver.satisfies(version, range));

/** Adds constraints; null when one of them excludes a version that was chosen already. */
export const constrain = (choice: Choice, added: readonly Constraint[]): Choice | null => {
  const constraints = new Map(choice.constraints);
  const open = [...choice.open];
  for (const constraint of added) {
    const { name } = constraint;
    const version = choice.chosen.get(name)?.version;
    if (version !== undefined && !satisfiesAll(version, [constraint])) return null;
    if (version === undefined && !open.includes(name)) open.push(name);
    constraints.set(name, [...(constraints.get(name) ?? []), constraint]);
  }
  return { ...choice, constraints, open };
};

/** What a version needs, told with the way to it. */
export const needsOf = ({ name, dependencies }: PluginCandidate, path: readonly string[]): readonly Constraint[] =>
  Object.entries(dependencies).map(([needed, range]) => ({ name: needed, range, path: [...path, name] }));
