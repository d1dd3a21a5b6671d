import type { Json, JsonObject } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import semver from 'semver';
import { notFound } from '../access.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { type SavedPipeline, updatePipeline } from './save-pipeline.ts';

export type RollbackRequest = TenantKey & {
  /** What is saved again. */
  readonly revision: number;
  /** The author's version of what is saved; null: the next patch, where the definition names a version at all. */
  readonly version: string | null;
  readonly expectedVersion: number;
  readonly dryRun: boolean;
};

/** A saved version never changes and is never saved twice: the same definition gets a number of its own. */
export const renumbered = (definition: Json, version: string | null): Json =>
  version === null ? definition : { ...(definition as JsonObject), version };

export const nextVersion = (definition: Json, latest: string): string | null =>
  (definition as JsonObject)['version'] === undefined ? null : semver.inc(latest, 'patch');

/** Saves the definition of an old revision as the next one; what was saved in between stays. */
export const rollbackPipeline = async (context: ApiContext, request: RollbackRequest): Promise<SavedPipeline> => {
  const { tenantId, id, revision, expectedVersion, dryRun } = request;
  const [pipeline, old] = await Promise.all([
    context.loaders.pipelines.load({ tenantId, id }),
    context.loaders.versionsByRevision.load({ tenantId, id: `${id}:${revision}` }),
  ]);
  if (pipeline === null) throw notFound();
  if (old === null) {
    throw new PlatformError({
      code: 'IA_API_INVALID',
      message: `The pipeline has no revision ${revision}.`,
      hint: `\`Pipeline.versions\` lists them: from 1 to ${pipeline.revision}.`,
    });
  }
  const version = request.version ?? nextVersion(old.definition, pipeline.version);
  const definition = renumbered(old.definition, version);
  return updatePipeline(context, { tenantId, id, definition, expectedVersion, dryRun, restores: revision });
};
