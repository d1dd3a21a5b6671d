import type { Diagnostic, Json, PipelineDefinition } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { parsePage } from '../page.ts';
import { heldAliases, listPinningPipelines, type PinningPipeline } from './affected-pipelines.ts';
import type { PipelineRow } from './pipeline-rows.ts';
import { nextVersion, renumbered } from './rollback-pipeline.ts';
import { updatePipeline } from './save-pipeline.ts';

export type MovePipelinesRequest = {
  readonly tenantId: string;
  readonly pluginName: string;
  /** Only these; null: all that pin another version than the default one. */
  readonly pipelineIds: readonly string[] | null;
  readonly first: number;
  readonly after: string | null;
  readonly dryRun: boolean;
};

/** A pipeline that stays as it is, and why. */
export type UnmovedPipeline = {
  readonly pipeline: PipelineRow;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly diagnostics: readonly Diagnostic[];
};

export type MovedPipelines = {
  readonly moved: readonly PipelineRow[];
  readonly unmoved: readonly UnmovedPipeline[];
  /** Where to go on; null at the end. */
  readonly next: PipelineRow | null;
  readonly dryRun: boolean;
};

const READ_DEFAULT = `select version from installations where tenant_id = $1::uuid and plugin_name = $2`;

/** Whose cursors `after` takes. */
export const MOVING_LIST = 'pipelines to move';

/** Saves pipelines again with the default version of a plugin, each for itself: one that does not validate keeps no other one back. */
export const movePipelines = async (context: ApiContext, request: MovePipelinesRequest): Promise<MovedPipelines> => {
  const { tenantId, pluginName: name, pipelineIds: ids, first, dryRun } = request;
  const page = parsePage(MOVING_LIST, { first, after: request.after }, 2, tenantId);
  const { version, rows } = await context.session.read(tenantId, 'pipeline.write', async (client) => {
    const installed = (await client.query<{ version: string }>(READ_DEFAULT, [tenantId, name])).rows[0];
    if (installed === undefined) throw notFound();
    const target = { name, version: installed.version };
    return { version: installed.version, rows: await listPinningPipelines(client, { tenantId, target, ids, page }) };
  });
  const moved: PipelineRow[] = [];
  const unmoved: UnmovedPipeline[] = [];
  const batch = rows.slice(0, page.limit);
  for (const pipeline of batch) {
    const outcome = await movePipeline(context, pipeline, { name, version, dryRun });
    if ('code' in outcome) unmoved.push(outcome);
    else moved.push(outcome);
  }
  return { moved, unmoved, next: rows.length > page.limit ? (batch.at(-1) ?? null) : null, dryRun };
};

type Move = { readonly name: string; readonly version: string; readonly dryRun: boolean };

const movePipeline = async (
  context: ApiContext,
  pipeline: PinningPipeline,
  { name, version, dryRun }: Move,
): Promise<PipelineRow | UnmovedPipeline> => {
  const { tenantId, id, revision, definition } = pipeline;
  const held = heldAliases(definition as unknown as PipelineDefinition, { name, version });
  if (held.length > 0) return heldBack(pipeline, held, version);
  const again: Json = renumbered(definition, nextVersion(definition, pipeline.version));
  const request = { tenantId, id, definition: again, expectedVersion: revision, dryRun, movesPlugin: name };
  try {
    return (await updatePipeline(context, request)).pipeline;
  } catch (error) {
    if (!(error instanceof PlatformError) || !EXPECTED.has(error.code)) throw error;
    const { code, message, hint = null, details } = error;
    return { pipeline, code, message, hint, diagnostics: (details?.['diagnostics'] ?? []) as readonly Diagnostic[] };
  }
};

/** It does not validate, or somebody else saved it meanwhile. */
const EXPECTED: ReadonlySet<string> = new Set(['IA_PIPELINE_INVALID', 'IA_API_CONFLICT']);

const heldBack = (pipeline: PinningPipeline, held: readonly string[], version: string): UnmovedPipeline => ({
  pipeline,
  code: 'IA_API_CONFLICT',
  message: `The range of ${held.join(', ')} under plugins leaves ${version} out.`,
  hint: 'Widen it in the definition, if the pipeline is to go along.',
  diagnostics: [],
});
