import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import { parsePackageSpec, parseUses, type PipelineDefinition } from '@ia-modules/engine';
import { listUses } from '../../pipelines/definition-uses.ts';

export type UsedPackage = { readonly name: string; readonly path: string };

/** The packages that a definition names, what comes with the platform by its package too. */
export const usedPackages = (definition: PipelineDefinition): UsedPackage[] => {
  const aliased = Object.entries(definition.plugins ?? {}).map(([alias, spec]) => ({
    name: parsePackageSpec(spec).packageName,
    path: `$.plugins.${alias}`,
  }));
  const isAliased = (name: string): boolean => aliased.some((used) => used.name === name);
  const named = listUses(definition).flatMap(({ uses, path }): UsedPackage[] => {
    const parsed = parseUses(uses);
    if (parsed?.kind === 'package') return isAliased(parsed.packageName) ? [] : [{ name: parsed.packageName, path }];
    const builtIn = parsed?.kind === 'builtin' ? BUILT_IN_PLUGINS.get(parsed.plugin) : undefined;
    return builtIn === undefined ? [] : [{ name: builtIn.name, path }];
  });
  return [...aliased, ...named];
};
