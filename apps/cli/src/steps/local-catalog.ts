import { parseUses, type StepCatalog, type StepContract } from '@ia-modules/engine';
import type { ContributionKind } from '@ia-modules/plugin-sdk';
import { BUILT_IN } from '../discovery/built-in-plugins.ts';
import type { LocalContribution, LocalPlugin } from '../discovery/local-plugin.ts';

export type AtHand = {
  readonly found: readonly LocalPlugin[];
  readonly packages: { readonly find: (packageName: string) => LocalPlugin | undefined };
};

/** What pipelines may use without the platform. Packages that are not installed here may well be there: they are not checked. */
export const createLocalCatalog = ({ found, packages }: AtHand = NOTHING_MORE): StepCatalog => {
  const known = new Map([...BUILT_IN, ...found.map((plugin): [string, LocalPlugin] => [plugin.name, plugin])]);
  const find = (kind: ContributionKind, uses: string): StepContract | undefined => {
    const parsed = parseUses(uses);
    if (parsed?.kind === 'module') return {};
    if (parsed?.kind === 'package') {
      const plugin = packages.find(parsed.packageName);
      return plugin === undefined ? {} : contractIn(plugin, kind, parsed.step);
    }
    if (parsed?.kind !== 'builtin') return undefined;
    const plugin = known.get(parsed.plugin);
    return plugin === undefined ? undefined : contractIn(plugin, kind, parsed.step);
  };
  const names = (kind: ContributionKind): string[] =>
    [...known].flatMap(([alias, { contributions = [] }]) =>
      contributions.flatMap((contribution) => (contribution.kind === kind ? `${alias}.${contribution.name}` : [])),
    );
  return {
    find: (uses) => find('step', uses),
    names: () => names('step'),
    findContribution: find,
    contributionNames: names,
  };
};

const NOTHING_MORE: AtHand = { found: [], packages: { find: () => undefined } };

/** A plugin whose contributions only running it would tell may have any. */
const contractIn = ({ contributions }: LocalPlugin, kind: ContributionKind, name: string): StepContract | undefined => {
  if (contributions === undefined) return {};
  const found = contributions.find((contribution) => contribution.kind === kind && contribution.name === name);
  return found === undefined ? undefined : toContract(found);
};

const toContract = ({ input, output, description }: LocalContribution): StepContract => ({
  ...(input === undefined ? {} : { input }),
  ...(output === undefined ? {} : { output }),
  ...(description === undefined ? {} : { description }),
});
