import { appendAudit, contentHash, Prisma, type Principal } from '@ia-modules/database';
import {
  checkNesting,
  compilePipeline,
  type DebugSetup,
  type Diagnostic,
  type Json,
  type JsonObject,
  type PipelineDefinition,
  validateParameters,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { randomSeed } from '@ia-modules/runtime-postgres';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import { checkHandedValue } from '../bounded-value.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { checkIdempotencyKey } from '../idempotency-key.ts';
import { readLatestVersion } from '../pipelines/save-pipeline.ts';
import { checkDebugSetup } from './fork-setup.ts';
import { findRepeatedRun, freeExpiredKey } from './repeated-run.ts';
import { requireDebugging } from './require-debugging.ts';
import { loadRun } from './run-history.ts';
import type { RunRow } from './run-rows.ts';

const MAX_PRIORITY = 100;

export type StartRunRequest = {
  readonly pipeline: TenantKey;
  readonly parameters: Json;
  readonly idempotencyKey: string | null;
  /** From -100 to 100: among the runs of the tenant that wait for a worker, the higher goes first. */
  readonly priority: number;
  /** How the run is watched and bent from its beginning. */
  readonly debug: DebugSetup | null;
};

const invalid = (message: string, details?: Readonly<Record<string, unknown>>): PlatformError =>
  new PlatformError({ code: 'IA_API_INVALID', message, hint: 'The diagnostics say where.', details });

const unfit = (diagnostics: readonly Diagnostic[]): PlatformError =>
  invalid('The parameters do not fit the pipeline.', { diagnostics });

const parseParameters = (parameters: Json): JsonObject => {
  if (parameters === null) return {};
  if (typeof parameters !== 'object' || Array.isArray(parameters)) throw invalid('`parameters` must be an object.');
  const given = parameters as JsonObject;
  const tooDeep = checkNesting(given);
  if (tooDeep.length > 0) throw unfit(tooDeep);
  return given;
};

const checkRequest = async (
  context: ApiContext,
  { pipeline, idempotencyKey, priority, debug }: StartRunRequest,
): Promise<void> => {
  const { principal } = context.viewer;
  // Before anything is stored: a caller that may not see the answer would take the run for refused.
  requireAccess(principal, pipeline.tenantId, 'run.read');
  checkIdempotencyKey(idempotencyKey);
  if (Math.abs(priority) > MAX_PRIORITY) throw invalid(`\`priority\` is from -${MAX_PRIORITY} to ${MAX_PRIORITY}.`);
  if (debug === null) return;
  await requireDebugging(context, pipeline.tenantId);
  checkHandedValue('debug', debug);
};

type Prepared = {
  readonly request: StartRunRequest;
  readonly pipelineVersionId: string;
  readonly parameters: JsonObject;
  readonly requestHash: string;
};

const prepare = async (context: ApiContext, request: StartRunRequest, given: JsonObject): Promise<Prepared> => {
  const latest = await readLatestVersion(context, request.pipeline);
  if (latest === null) throw notFound();
  if (latest.pipeline.archivedAt !== null) {
    throw new PlatformError({
      code: 'IA_API_CONFLICT',
      message: 'The pipeline is archived.',
      hint: 'Create a new pipeline instead.',
    });
  }
  const definition = latest.version.definition as unknown as PipelineDefinition;
  const { parameters, diagnostics } = validateParameters(definition, given);
  if (parameters === undefined) throw unfit(diagnostics);
  if (request.debug !== null) checkDebugSetup(compilePipeline(definition), request.debug);
  return { request, pipelineVersionId: latest.version.id, parameters, requestHash: hashRequest(request, given) };
};

const hashRequest = ({ pipeline, priority, debug }: StartRunRequest, parameters: JsonObject): string =>
  contentHash({
    pipelineId: pipeline.id,
    parameters,
    priority: priority === 0 ? undefined : priority,
    debug: debug ?? undefined,
  });

/** What is bent from the beginning, for the audit log: never the values. */
const namesOfChanges = (debug: DebugSetup | null) => ({
  mocks: debug?.mocks && Object.keys(debug.mocks),
  inputs: debug?.inputs && Object.keys(debug.inputs),
});

/** A token acts for the person who made it. */
const triggerOf = (principal: Principal): Prisma.InputJsonObject =>
  principal.kind === 'user'
    ? { type: 'manual', by: principal.userId }
    : { type: 'manual', by: principal.createdBy, token: principal.tokenId };

const insertRun = async (tx: Prisma.TransactionClient, prepared: Prepared, principal: Principal): Promise<string> => {
  const { request, pipelineVersionId, parameters, requestHash } = prepared;
  const { tenantId, id: pipelineId } = request.pipeline;
  const createdBy = principalId(principal);
  const id = uuid();
  await freeExpiredKey(tx, { tenantId, createdBy, idempotencyKey: request.idempotencyKey });
  // Of requests with one key that come at the same moment, the first to commit inserts; the others wait, then find its run.
  const { count } = await tx.run.createMany({
    data: {
      id,
      tenantId,
      pipelineId,
      pipelineVersionId,
      parameters,
      trigger: triggerOf(principal),
      seed: randomSeed(),
      priority: request.priority,
      ...(request.debug === null ? {} : { setup: { debug: request.debug } }),
      idempotencyKey: request.idempotencyKey,
      requestHash,
      createdBy,
    },
    skipDuplicates: true,
  });
  if (count === 0) {
    const repeated = await findRepeatedRun(tx, { ...request, tenantId, createdBy, requestHash });
    if (repeated === null) throw new Error('A run was neither inserted nor found.');
    return repeated;
  }
  await appendAudit(tx, {
    tenantId,
    actor: auditActor(principal),
    action: 'run.start',
    target: `run:${id}`,
    details: { pipelineId, pipelineVersionId, ...namesOfChanges(request.debug) },
  });
  await tx.$executeRaw`select pg_notify('run_inbox', ''), pg_notify('tenant_changes', ${tenantId})`;
  return id;
};

/** Starts a run of the latest version; a repeated request under the same idempotency key gets the same run. */
export const startRun = async (context: ApiContext, request: StartRunRequest): Promise<RunRow> => {
  const { tenantId } = request.pipeline;
  await checkRequest(context, request);
  const given = parseParameters(request.parameters);
  if (request.idempotencyKey !== null) {
    const requestHash = hashRequest(request, given);
    const repeated = await context.change(tenantId, 'run.start', (tx, principal) =>
      findRepeatedRun(tx, { ...request, tenantId, createdBy: principalId(principal), requestHash }),
    );
    if (repeated !== null) return loadRun(context, { tenantId, id: repeated });
  }
  const prepared = await prepare(context, request, given);
  const id = await context.change(tenantId, 'run.start', (tx, principal) => insertRun(tx, prepared, principal));
  return loadRun(context, { tenantId, id });
};

/** Takes back what a transaction did, once it is known that it could have been done. */
class TakenBack extends Error {}

const unstoredRun = ({ request, pipelineVersionId }: Prepared, principal: Principal): RunRow => ({
  id: uuid(),
  tenantId: request.pipeline.tenantId,
  pipelineId: request.pipeline.id,
  pipelineVersionId,
  status: 'pending',
  waitReason: null,
  error: null,
  trigger: triggerOf(principal) as Json,
  createdBy: principalId(principal),
  createdAt: new Date(),
  startedAt: null,
  finishedAt: null,
  lastSeq: 0,
  priority: request.priority,
  costUsd: 0,
  parentRunId: null,
  parentKey: null,
  depth: 0,
  originKind: null,
  originRunId: null,
  prunedAt: null,
  archiveKey: null,
});

/** The run that would start. It is stored and taken back again, so that it is refused for whatever a real one would be. */
export const tryStartRun = async (context: ApiContext, request: StartRunRequest): Promise<RunRow> => {
  const { tenantId } = request.pipeline;
  await checkRequest(context, request);
  const prepared = await prepare(context, { ...request, idempotencyKey: null }, parseParameters(request.parameters));
  const { promise, resolve } = Promise.withResolvers<RunRow>();
  try {
    await context.change(tenantId, 'run.start', async (tx, principal) => {
      await insertRun(tx, prepared, principal);
      resolve(unstoredRun(prepared, principal));
      throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  const run = await promise;
  const { parameters } = prepared;
  context.loaders.runValues.prime({ tenantId, id: run.id }, { id: run.id, parameters, outputs: null });
  return run;
};
