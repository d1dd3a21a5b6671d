import {
  CONTRIBUTION_KINDS,
  type ContributionKind,
  contributionsOf,
  type JsonObject,
  type JsonSchema,
  type PluginManifest,
} from '@ia-modules/plugin-sdk';
import type { StepCatalog, StepContract } from '../ports/step-catalog.ts';

/** A manifest, and what pipelines write before the names of its contributions: `http.` or `@community/weather#`. */
export type CataloguedManifest = { readonly prefix: string; readonly manifest: Pick<PluginManifest, 'contributions'> };

const asJson = (schema: JsonSchema): JsonObject => schema as JsonObject;

/** Finds what plugins contribute, each as its own kind: a validator is no step, whatever it is called. */
export const createPluginCatalog = (
  manifests: readonly CataloguedManifest[],
): Omit<Required<StepCatalog>, 'plugin'> => {
  const contracts = new Map<ContributionKind, Map<string, StepContract>>(
    CONTRIBUTION_KINDS.map((kind) => [kind, new Map()]),
  );
  for (const { prefix, manifest } of manifests) {
    for (const contribution of contributionsOf(manifest)) {
      const { kind, name, description } = contribution;
      const contract: StepContract =
        contribution.kind === 'step'
          ? { input: asJson(contribution.input), output: asJson(contribution.output), description }
          : { input: asJson(contribution.config), description };
      contracts.get(kind)?.set(`${prefix}${name}`, contract);
    }
  }
  return {
    find: (uses) => contracts.get('step')?.get(uses),
    names: () => contracts.get('step')?.keys() ?? [],
    findContribution: (kind, uses) => contracts.get(kind)?.get(uses),
    contributionNames: (kind) => contracts.get(kind)?.keys() ?? [],
  };
};
