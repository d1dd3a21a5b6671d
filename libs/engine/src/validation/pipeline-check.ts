import type { DiagnosticList, Path } from '../definition/diagnostic.ts';
import type { PipelineDefinition, StepDefinition } from '../definition/schema.ts';
import type { CertainOutputs } from '../graph/certain-outputs.ts';
import type { LoopRegions } from '../graph/loop-regions.ts';
import type { PipelineGraph } from '../graph/pipeline-graph.ts';
import type { ModuleCheck } from '../ports/module-check.ts';
import type { PipelineCatalog } from '../ports/pipeline-catalog.ts';
import type { StepCatalog } from '../ports/step-catalog.ts';
import type { StepType } from './step-types.ts';

/** What a check may ask about the world around a pipeline; what is left out is not checked. */
export type KnownWorld = {
  /** The step types there are; without it, `uses` is only checked for its form. */
  readonly catalog?: StepCatalog | undefined;
  /** Looks at the files of local modules. */
  readonly modules?: ModuleCheck | undefined;
  /** The pipelines that steps may run. */
  readonly pipelines?: PipelineCatalog | undefined;
  /** The names of the secrets there are. */
  readonly secrets?: readonly string[] | undefined;
};

/** One validation under way: what every check works on. */
export type PipelineCheck = {
  readonly definition: PipelineDefinition;
  readonly diagnostics: DiagnosticList;
  readonly graph: PipelineGraph;
  /** The type of each step, in their order. */
  readonly types: readonly StepType[];
  readonly world: KnownWorld;
  /** Worked out when the first check needs it. */
  readonly findCertain: () => CertainOutputs;
  readonly findLoops: () => LoopRegions;
};

/** One step under check, with where it stands. */
export type StepCheck = { readonly step: StepDefinition; readonly type: StepType; readonly path: Path };
