import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import type { RunRow } from '../../runs/run-rows.ts';

export const loadVersionOfRun = async (run: RunRow, context: ApiContext) => {
  const key = { tenantId: run.tenantId, id: run.pipelineVersionId };
  const version = await context.loaders.pipelineVersions.load(key);
  if (version === null) throw notFound();
  return version;
};
