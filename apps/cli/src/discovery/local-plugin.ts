import type { ContributionKind, JsonObject, ManifestContribution } from '@ia-modules/plugin-sdk';
import type { InstalledPlugin, TrustedPlugin } from '@ia-modules/plugin-host';

/** What a plugin contributes, as far as it can be known without running it; a single module tells no schemas. */
export type LocalContribution = {
  readonly kind: ContributionKind;
  readonly name: string;
  readonly description?: string;
  /** Of a step: its `with`. Of anything else: its configuration. */
  readonly input?: JsonObject;
  readonly output?: JsonObject;
};

/** Its code: the user's own or the platform's runs in this process, with its rights; that of packages in the sandbox. */
export type LocalCode =
  | { readonly runsIn: 'process'; readonly load: () => Promise<TrustedPlugin> }
  | { readonly runsIn: 'sandbox'; readonly plugin: InstalledPlugin };

/** A plugin that is at hand on the command line. */
export type LocalPlugin = {
  /** What pipelines call it: `http` in `http.request`; of an installed package, the package's name. */
  readonly name: string;
  /** Where it is from, for people. */
  readonly origin: string;
  readonly version: string | undefined;
  /** Undefined when only loading it would tell. */
  readonly contributions: readonly LocalContribution[] | undefined;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly code: LocalCode;
};

/** A manifest's contributions as pipelines are checked against them. */
export const toLocalContribution = (declared: ManifestContribution): LocalContribution => {
  const { kind, name, description } = declared;
  return declared.kind === 'step'
    ? { kind, name, description, input: declared.input, output: declared.output }
    : { kind, name, description, input: declared.config };
};
