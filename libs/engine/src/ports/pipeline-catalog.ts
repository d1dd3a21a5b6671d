import type { PipelineDefinition } from '../definition/schema.ts';

/** The pipelines that a `pipeline:` step may run. */
export type PipelineCatalog = {
  /** The newest version of a pipeline within a semver range (`*` for any); undefined when there is none. Its definition has no errors. */
  find(name: string, range: string): PipelineDefinition | undefined;
  /** For hints. */
  names?(): Iterable<string>;
};
