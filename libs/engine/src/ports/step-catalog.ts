import type { JsonObject } from '@ia-modules/plugin-sdk';

/** What validation may know about a step type. Without `input`, any `with` is accepted. */
export type StepContract = { readonly input?: JsonObject; readonly output?: JsonObject; readonly description?: string };

/** The step types that a pipeline may use; names as the pipeline writes them, aliases already applied by the caller. */
export type StepCatalog = {
  find(uses: string): StepContract | undefined;
  names(): Iterable<string>;
};
