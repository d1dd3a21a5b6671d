import { randomInt } from 'node:crypto';
import { appendAudit, contentHash, Prisma, type Principal } from '@ia-modules/database';
import {
  checkNesting,
  type Diagnostic,
  type Json,
  type JsonObject,
  type PipelineDefinition,
  validateParameters,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { readLatestVersion } from '../pipelines/save-pipeline.ts';
import { isStorableText } from '../refused-value.ts';
import type { RunRow } from './run-rows.ts';

const SEED_LIMIT = 2 ** 31 - 1;
const MAX_IDEMPOTENCY_KEY_LENGTH = 200;

export type StartRunRequest = {
  readonly pipeline: TenantKey;
  readonly parameters: Json;
  readonly idempotencyKey: string | null;
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

const checkIdempotencyKey = (key: string | null): void => {
  if (key === null || (key.length > 0 && key.length <= MAX_IDEMPOTENCY_KEY_LENGTH && isStorableText(key))) return;
  throw invalid(`\`idempotencyKey\` must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters of well-formed text.`);
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
  return { request, pipelineVersionId: latest.version.id, parameters, requestHash: hashRequest(request, given) };
};

const hashRequest = ({ pipeline }: StartRunRequest, parameters: JsonObject): string =>
  contentHash({ pipelineId: pipeline.id, parameters });

/** The run of an earlier request with the same key; null when there is none. */
const findRepeated = async (
  tx: Prisma.TransactionClient,
  request: StartRunRequest,
  { createdBy, requestHash }: Readonly<{ createdBy: string; requestHash: string }>,
): Promise<string | null> => {
  const { idempotencyKey } = request;
  if (idempotencyKey === null) return null;
  const { tenantId } = request.pipeline;
  const run = await tx.run.findUnique({
    where: { tenantId_createdBy_idempotencyKey: { tenantId, createdBy, idempotencyKey } },
    select: { id: true, requestHash: true },
  });
  if (run === null || run.requestHash === requestHash) return run?.id ?? null;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: 'This idempotency key was used for another request.',
    hint: 'Use a new key for a new request.',
  });
};

const insertRun = async (tx: Prisma.TransactionClient, prepared: Prepared, principal: Principal): Promise<string> => {
  const { request, pipelineVersionId, parameters, requestHash } = prepared;
  const { tenantId, id: pipelineId } = request.pipeline;
  const createdBy = principalId(principal);
  const id = uuid();
  // Of requests with one key that come at the same moment, the first to commit inserts; the others wait, then find its run.
  const { count } = await tx.run.createMany({
    data: {
      id,
      tenantId,
      pipelineId,
      pipelineVersionId,
      parameters,
      trigger: { type: 'manual', by: createdBy },
      seed: randomInt(SEED_LIMIT),
      idempotencyKey: request.idempotencyKey,
      requestHash,
      createdBy,
    },
    skipDuplicates: true,
  });
  if (count === 0) {
    const repeated = await findRepeated(tx, request, { createdBy, requestHash });
    if (repeated === null) throw new Error('A run was neither inserted nor found.');
    return repeated;
  }
  await appendAudit(tx, {
    tenantId,
    actor: auditActor(principal),
    action: 'run.start',
    target: `run:${id}`,
    details: { pipelineId, pipelineVersionId },
  });
  await tx.$executeRaw`select pg_notify('run_inbox', '')`;
  return id;
};

const loadRun = async ({ loaders }: ApiContext, key: TenantKey): Promise<RunRow> => {
  const run = await loaders.runs.load(key);
  if (run === null) throw notFound();
  return run;
};

/** Starts a run of the latest version; a repeated request under the same idempotency key gets the same run. */
export const startRun = async (context: ApiContext, request: StartRunRequest): Promise<RunRow> => {
  const { tenantId } = request.pipeline;
  // Before anything is stored: a caller that may not see the answer would take the run for refused.
  requireAccess(context.viewer.principal, tenantId, 'run.read');
  checkIdempotencyKey(request.idempotencyKey);
  const given = parseParameters(request.parameters);
  if (request.idempotencyKey !== null) {
    const requestHash = hashRequest(request, given);
    const repeated = await context.change(tenantId, 'run.start', (tx, principal) =>
      findRepeated(tx, request, { createdBy: principalId(principal), requestHash }),
    );
    if (repeated !== null) return loadRun(context, { tenantId, id: repeated });
  }
  const prepared = await prepare(context, request, given);
  const id = await context.change(tenantId, 'run.start', (tx, principal) => insertRun(tx, prepared, principal));
  return loadRun(context, { tenantId, id });
};
