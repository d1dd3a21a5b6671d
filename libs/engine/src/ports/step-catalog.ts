import type { ContributionKind as PluginContributionKind, JsonObject } from '@ia-modules/plugin-sdk';

/** What validation may know about a step type. Without `input`, any `with` is accepted. */
export type StepContract = { readonly input?: JsonObject; readonly output?: JsonObject; readonly description?: string };

/** What plugins contribute to pipelines beside steps. */
export type ContributionKind = Exclude<PluginContributionKind, 'step'>;

export type KnownPackage = {
  readonly versions: readonly string[];
  /** What else could be installed, as far as it is known. */
  readonly available?: readonly string[] | undefined;
};

/**
 * The step types that a pipeline may use; names as the pipeline writes them, aliases already applied by the caller. What a plugin
 * contributes may differ between its versions: `range` says which of them the pipeline means, `*` the default one.
 */
export type StepCatalog = {
  find(uses: string, range?: string): StepContract | undefined;
  names(): Iterable<string>;
  /**
   * The other contributions, each found as its own kind alone, `input` being their configuration; without it their `uses` is only
   * checked for its form.
   */
  findContribution?(kind: ContributionKind, uses: string, range?: string): StepContract | undefined;
  contributionNames?(kind: ContributionKind): Iterable<string>;
  /** The versions of a package that a pipeline may name; undefined when there is no such package. */
  plugin?(packageName: string): KnownPackage | undefined;
};
