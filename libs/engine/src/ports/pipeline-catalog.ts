import type { PipelineDefinition } from '../definition/schema.ts';

/** The pipelines that a `pipeline:` step may run. */
export type PipelineCatalog = {
  /** The newest version of `name` that fits the semantic version range; `*` is any. */
  find(name: string, range: string): PipelineDefinition | undefined;
  names?(): Iterable<string>;
};
