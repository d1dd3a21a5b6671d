import type { Finding, Path } from '../definition/diagnostic.ts';
import { didYouMean } from '../definition/suggest.ts';
import type { PipelineGraph } from '../graph/pipeline-graph.ts';

/** The finding that a name stands where a step's id should. */
export const unknownStep = (id: string, path: Path, graph: PipelineGraph): Finding => ({
  code: 'IA_PIPELINE_UNKNOWN_STEP',
  path,
  message: `There is no step '${id}'.`,
  hint: () => didYouMean(id, graph.indexOf.keys()),
});
