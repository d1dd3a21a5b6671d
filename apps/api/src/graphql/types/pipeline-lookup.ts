import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import type { PipelineRow, PipelineVersionRow } from '../../pipelines/pipeline-rows.ts';

/** The latest version of a pipeline; of a dry run, what would be saved. */
export const latestVersion = async (pipeline: PipelineRow, context: ApiContext): Promise<PipelineVersionRow> => {
  if (pipeline.unsavedVersion !== undefined) return pipeline.unsavedVersion;
  const key = { tenantId: pipeline.tenantId, id: pipeline.latestVersionId };
  const version = await context.loaders.pipelineVersions.load(key);
  if (version === null) throw notFound();
  return version;
};
