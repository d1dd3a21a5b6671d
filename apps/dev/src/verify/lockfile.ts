type LockedPackage = Readonly<{
  version?: string;
  integrity?: string;
  link?: boolean;
  inBundle?: boolean;
  resolved?: string;
  optionalDependencies?: Readonly<Record<string, string>>;
}>;

export type Lockfile = Readonly<{ packages: Readonly<Record<string, LockedPackage>> }>;

/** Finds what would make `npm ci` fail or install something unchecked. */
export function findLockfileProblems({ packages }: Lockfile): string[] {
  const entries = Object.entries(packages);
  const missing = entries.flatMap(([location, locked]) => missingOptionals(packages, location, locked));
  return [...missing, ...entries.flatMap(([location, locked]) => integrityProblems(location, locked))];
}

/** npm leaves platform packages out of a lockfile when they were not visible at the time; `npm ci` then refuses it. */
function missingOptionals(packages: Lockfile['packages'], location: string, locked: LockedPackage): string[] {
  return Object.entries(locked.optionalDependencies ?? {}).flatMap(([name, wanted]) => {
    const found = lookUp(packages, location, name);
    if (found === undefined) return [`${location || 'the root'} wants ${name}@${wanted}, which is not locked`];
    const isExact = /^\d+\.\d+\.\d+/.test(wanted);
    return isExact && found.version !== wanted
      ? [`${location} wants ${name}@${wanted}, locked is ${found.version}`]
      : [];
  });
}

function integrityProblems(location: string, locked: LockedPackage): string[] {
  const isInstalled = location.includes('node_modules/') && locked.link !== true && locked.inBundle !== true;
  if (!isInstalled) return [];
  return [
    ...(locked.integrity === undefined ? [`${location} has no integrity`] : []),
    ...(locked.resolved?.startsWith('http:') ? [`${location} comes over plain http`] : []),
  ];
}

/** As Node resolves: in the package's own node_modules, then in those of the folders above. */
function lookUp(packages: Lockfile['packages'], location: string, name: string): LockedPackage | undefined {
  for (let folder = location; ; ) {
    const found = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found !== undefined || folder === '') return found;
    const parent = folder.lastIndexOf('/node_modules/');
    folder = parent === -1 ? '' : folder.slice(0, parent);
  }
}
