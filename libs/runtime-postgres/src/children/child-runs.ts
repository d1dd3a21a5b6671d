import {
  childParameters,
  type ChildRequest,
  type PipelineDefinition,
  type RecordedError,
  toRecordedError,
  unknownSubpipeline,
} from '@ia-modules/engine';
import { startRefusalOf } from '@ia-modules/plugin-admission';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ClientBase, Pool } from 'pg';
import semver from 'semver';
import { createBackoff } from '../database/backoff.ts';
import { isDataError } from '../database/database-connection.ts';
import { withTenants } from '../database/tenants-transaction.ts';
import type { ChildStarter } from '../run/run-children.ts';
import type { StoredRun } from '../run/run-store.ts';
import { hasTooManyWaiting } from '../triggers/waiting-runs.ts';
import { insertRun } from '../inbox/insert-run.ts';
import { childRunId } from './child-run-id.ts';

type Version = { readonly id: string; readonly pipelineId: string; readonly version: string };

const FIND_VERSIONS = `select v.id, v.pipeline_id as "pipelineId", v.version
  from pipelines p join pipeline_versions v on v.tenant_id = p.tenant_id and v.pipeline_id = p.id
  where p.tenant_id = $1 and p.name = $2 and p.archived_at is null
  order by v.revision desc`;
const FIND_RUN = 'select from runs where tenant_id = $1 and id = $2';
const READ_DEFINITION = 'select definition from pipeline_versions where id = $1';

/**
 * Below sub-pipelines, the most runs of a tenant that may wait to begin: each level multiplies them, and a pipeline that calls
 * itself for every item of a list would fill any disk.
 */
export const MAX_WAITING_BELOW = 100_000;
const FIRST_NESTED_DEPTH = 2;

/**
 * Starts sub-pipelines as runs of their own, in the tenant of the run above them. A database that is away is waited for.
 *
 * @param mostWaiting see {@link MAX_WAITING_BELOW}
 */
export const createChildStarter = (
  pool: Pool,
  parent: StoredRun,
  mostWaiting: number = MAX_WAITING_BELOW,
): ChildStarter => ({
  start: async (request, signal) => {
    const backoff = createBackoff(signal);
    for (;;) {
      signal.throwIfAborted();
      try {
        return await withTenants(pool, [parent.tenantId], (client) =>
          startChild(client, { parent, request, mostWaiting }),
        );
      } catch (error) {
        const refusal = startRefusalOf(error);
        if (refusal !== undefined) return toRecordedError(refusal);
        if (isDataError(error)) return toRecordedError(notStored(request, error));
        await backoff.pause();
      }
    }
  },
});

type ChildStart = { readonly parent: StoredRun; readonly request: ChildRequest; readonly mostWaiting: number };

/** A run that is there already stays, whoever asks for it again. */
const requireRoom = async (client: ClientBase, { parent, request, mostWaiting }: ChildStart): Promise<void> => {
  const { tenantId, runId } = parent;
  if (request.depth < FIRST_NESTED_DEPTH || !(await hasTooManyWaiting(client, tenantId, mostWaiting))) return;
  const { rowCount } = await client.query(FIND_RUN, [tenantId, childRunId(runId, request.key)]);
  if (rowCount !== 0) return;
  throw new PlatformError({
    code: 'IA_SUBPIPELINE_FAILED',
    message: `The sub-pipeline '${request.pipeline}' is not started: ${mostWaiting} runs of the tenant wait to begin already.`,
  });
};

const startChild = async (client: ClientBase, start: ChildStart): Promise<RecordedError | undefined> => {
  const { parent, request } = start;
  const { tenantId, runId, seed, priority } = parent;
  try {
    await requireRoom(client, start);
    const version = await findVersion(client, tenantId, request);
    const { rows } = await client.query<{ definition: PipelineDefinition }>(READ_DEFINITION, [version.id]);
    if (rows[0] === undefined) throw unknownSubpipeline(request);
    await insertRun(client, {
      runId: childRunId(runId, request.key),
      tenantId,
      pipelineId: version.pipelineId,
      pipelineVersionId: version.id,
      parameters: childParameters(rows[0].definition, request),
      trigger: { type: 'pipeline', run: runId, step: request.stepId, ...chainOf(parent) },
      seed,
      createdBy: `run:${runId}`,
      priority,
      parent: { runId, key: request.key, depth: request.depth },
    });
    return undefined;
  } catch (error) {
    if (error instanceof PlatformError) return toRecordedError(error);
    throw error;
  }
};

const notStored = ({ pipeline }: ChildRequest, cause: Error): PlatformError =>
  new PlatformError({
    code: 'IA_SUBPIPELINE_FAILED',
    message: `The run of the sub-pipeline '${pipeline}' can not be stored: ${cause.message}`,
    cause,
  });

/** How deep events have started runs so far: circles are counted through sub-pipelines as well. */
const chainOf = ({ trigger }: StoredRun) => (trigger['chain'] === undefined ? {} : { chain: trigger['chain'] });

/** The highest version that the range allows; without a range the one that was saved last. */
const findVersion = async (client: ClientBase, tenantId: string, request: ChildRequest): Promise<Version> => {
  const { rows } = await client.query<Version>(FIND_VERSIONS, [tenantId, request.pipeline]);
  const wanted =
    request.range === '*'
      ? rows[0]?.version
      : semver.maxSatisfying(
          rows.map(({ version }) => version),
          request.range,
        );
  const found = rows.find(({ version }) => version === wanted);
  if (found === undefined) throw unknownSubpipeline(request);
  return found;
};
