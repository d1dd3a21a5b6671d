import type { Json } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../access.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { createPipeline, type SavedPipeline, updatePipeline } from './save-pipeline.ts';

export type ImportRequest = {
  readonly tenantId: string;
  /** A definition, or its text: JSON or YAML, in the language's own form or an older dialect. */
  readonly source: Json;
  /** What it becomes the next revision of; null: a new pipeline. */
  readonly into: (TenantKey & { readonly expectedVersion: number | null }) | null;
  readonly dryRun: boolean;
};

/** Reads a definition that was written elsewhere and saves it in the language's own form. */
export const importPipeline = async (context: ApiContext, request: ImportRequest): Promise<SavedPipeline> => {
  const { tenantId, source: definition, into, dryRun } = request;
  if (into === null) return createPipeline(context, { tenantId, definition, dryRun });
  if (into.tenantId !== tenantId) throw notFound();
  const { expectedVersion } = into;
  if (expectedVersion === null) {
    throw new PlatformError({ code: 'IA_API_INVALID', message: '`pipelineId` needs `expectedVersion` beside it.' });
  }
  return updatePipeline(context, { tenantId, id: into.id, definition, expectedVersion, dryRun });
};
