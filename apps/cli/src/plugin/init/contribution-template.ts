import type { ContributionDescription, ContributionKind, Json } from '@ia-modules/plugin-sdk';

export type Language = 'ts' | 'js';

/** Writes a type annotation, which JavaScript has none of. */
export type Annotate = (annotation: string) => string;

/** The first contribution of its kind in a new plugin: small, whole, and with a test and a fixture. */
export type ContributionTemplate = {
  readonly kind: ContributionKind;
  /** Also what is written into the manifest, so that the two are equal. */
  readonly description: ContributionDescription;
  /** The name of the file and of the constant. */
  readonly variable: string;
  /** The work itself, apart from its definition, so that a test can call it. */
  readonly work: (annotate: Annotate) => string;
  /** The property of the definition that calls the work. */
  readonly handler: string;
  /** The lines of the test, which may use `assert`. */
  readonly test: string;
  /** The name of what the test imports. */
  readonly tested: string;
  readonly fixture: { readonly name: string; readonly input: Json; readonly output: Json };
  /** What a pipeline writes to use it, behind the alias. */
  readonly usage: (uses: string) => Readonly<Record<string, Json>>;
};
