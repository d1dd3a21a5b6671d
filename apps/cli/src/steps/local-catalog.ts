import { parseUses, type StepCatalog, type StepContract } from '@ia-modules/engine';
import { BUILT_IN_PLUGINS, type LocalPlugin } from './local-plugins.ts';

/** The step types that run without the platform. */
export const createLocalCatalog = (plugins: readonly LocalPlugin[] = []): StepCatalog => {
  const known = new Map([...BUILT_IN_PLUGINS, ...plugins].map((plugin) => [plugin.name, plugin]));
  const find = (uses: string): StepContract | undefined => {
    const parsed = parseUses(uses);
    if (parsed?.kind === 'module' || parsed?.kind === 'package') return {};
    const plugin = parsed?.kind === 'builtin' ? known.get(parsed.plugin) : undefined;
    if (parsed?.kind !== 'builtin' || plugin === undefined) return undefined;
    return plugin.contracts === undefined ? {} : plugin.contracts.get(parsed.step);
  };
  const names = (): string[] =>
    [...known.values()].flatMap(({ name, contracts }) =>
      [...(contracts?.keys() ?? [])].map((step) => `${name}.${step}`),
    );
  return {
    find,
    names,
    // Any contribution can be any of these; what it takes as its configuration, no manifest says.
    findContribution: (_kind, uses) => (find(uses) === undefined ? undefined : {}),
    contributionNames: names,
  };
};
