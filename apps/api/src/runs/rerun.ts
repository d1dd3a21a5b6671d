import { appendAudit, contentHash, type Prisma, type Principal } from '@ia-modules/database';
import { isTerminal, type ForkPoint } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { RunSetup } from '@ia-modules/runtime-postgres';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import { checkHandedValue } from '../bounded-value.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { checkIdempotencyKey } from '../idempotency-key.ts';
import { findFailedStep } from './failed-step.ts';
import { prepareFork } from './fork-setup.ts';
import { findRepeatedRun, freeExpiredKey } from './repeated-run.ts';
import { requireDebugging } from './require-debugging.ts';
import { loadHistory, loadRun, requireLog, type RunHistory } from './run-history.ts';
import type { RunOriginKind, RunRow } from './run-rows.ts';
import type { EffectAnswer } from './unknown-effects.ts';

/** A new run that comes out of another one. */
export type RerunRequest = TenantKey & {
  readonly kind: RunOriginKind;
  /** Of a fork. */
  readonly point: ForkPoint | null;
  readonly answers: readonly EffectAnswer[];
  readonly idempotencyKey: string | null;
  readonly reason: string | null;
};

type Prepared = RerunRequest & { readonly setup: RunSetup | null; readonly requestHash: string };

const hashRequest = ({ id, kind, point, answers }: RerunRequest): string => contentHash({ id, kind, point, answers });

const requireEnded = ({ status }: RunRow): void => {
  if (status === 'failed' || status === 'canceled') return;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: `Only a run that failed or was canceled can be retried: this one is ${status}.`,
    hint: isTerminal(status) ? 'Fork it from a step, or replay it.' : 'Wait for its end, or fork it from a step.',
  });
};

/** @throws PlatformError for what can't be repeated, with the reason */
export const setupOf = (request: RerunRequest, history: RunHistory): RunSetup => {
  const point = request.kind === 'retry' ? findFailedStep(history.events) : request.point;
  if (point === null) throw new Error('A fork has a point.');
  return { fork: prepareFork(history, { point, answers: request.answers }) };
};

const prepare = async (context: ApiContext, request: RerunRequest): Promise<Prepared> => {
  const requestHash = hashRequest(request);
  const origin = await loadRun(context, request);
  if (request.kind === 'replay') return { ...request, setup: null, requestHash };
  if (request.kind === 'retry') requireEnded(origin);
  requireLog(origin);
  return { ...request, setup: setupOf(request, await loadHistory(origin, context)), requestHash };
};

/** Copies the origin's row within the database: its parameters may be large. */
const insertRow = (tx: Prisma.TransactionClient, id: string, createdBy: string, request: Prepared): Promise<number> => {
  const setup = request.setup === null ? null : JSON.stringify(request.setup);
  return tx.$executeRaw`
    insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, priority, origin_kind,
      origin_run_id, setup, created_by, idempotency_key, request_hash)
    select ${id}::uuid, r.tenant_id, r.pipeline_id, r.pipeline_version_id, r.parameters, r.trigger, r.seed, r.priority,
      ${request.kind}, r.id, ${setup}::jsonb, ${createdBy}, ${request.idempotencyKey}, ${request.requestHash}
    from runs r where r.tenant_id = ${request.tenantId}::uuid and r.id = ${request.id}::uuid
    on conflict do nothing`;
};

const insertRerun = async (tx: Prisma.TransactionClient, principal: Principal, request: Prepared): Promise<string> => {
  const { tenantId, kind, reason, requestHash, idempotencyKey } = request;
  const createdBy = principalId(principal);
  const id = uuid();
  await freeExpiredKey(tx, { tenantId, createdBy, idempotencyKey });
  if ((await insertRow(tx, id, createdBy, request)) === 0) {
    const repeated = await findRepeatedRun(tx, { tenantId, createdBy, idempotencyKey, requestHash });
    if (repeated === null) throw notFound();
    return repeated;
  }
  const point = request.setup?.fork;
  await appendAudit(tx, {
    tenantId,
    actor: auditActor(principal),
    action: `run.${kind}`,
    target: `run:${id}`,
    details: {
      originRunId: request.id,
      stepId: point?.stepId,
      iteration: point?.iteration,
      reason: reason ?? undefined,
      ...namesOfChanges(point),
      effects: request.answers.map(({ key, decision }) => ({ key, decision })),
    },
  });
  await tx.$executeRaw`select pg_notify('run_inbox', ''), pg_notify('tenant_changes', ${tenantId})`;
  return id;
};

/** What a fork changes, for the audit log: never the values. */
const namesOfChanges = ({ input, variables, debug }: Partial<ForkPoint> = {}) => ({
  input: input === undefined ? undefined : true,
  variables: variables && Object.keys(variables),
  mocks: debug?.mocks && Object.keys(debug.mocks),
});

/** Whoever changes what a run works with bends it: that is more than to go on with it. */
const isBent = (point: ForkPoint | null): boolean =>
  point !== null && (point.input !== undefined || point.variables !== undefined || point.debug !== undefined);

const checkRequest = async (context: ApiContext, request: RerunRequest): Promise<void> => {
  const { tenantId, point, answers, idempotencyKey } = request;
  const { principal } = context.viewer;
  requireAccess(principal, tenantId, 'run.read');
  requireAccess(principal, tenantId, 'run.control');
  // What is repeated up to a step is checked against the plan.
  if (request.kind !== 'replay') requireAccess(principal, tenantId, 'pipeline.read');
  if (isBent(point)) await requireDebugging(context, tenantId);
  checkIdempotencyKey(idempotencyKey);
  checkHandedValue('input', { point, answers: answers.map(({ output = null }) => output) });
};

/** Makes a new run out of another one; a repeated request under the same idempotency key gets the same run. */
export const rerun = async (context: ApiContext, request: RerunRequest): Promise<RunRow> => {
  await checkRequest(context, request);
  const { tenantId, idempotencyKey } = request;
  if (idempotencyKey !== null) {
    const requestHash = hashRequest(request);
    const repeated = await context.change(tenantId, 'run.control', (tx, principal) =>
      findRepeatedRun(tx, { tenantId, createdBy: principalId(principal), idempotencyKey, requestHash }),
    );
    if (repeated !== null) return loadRun(context, { tenantId, id: repeated });
  }
  const prepared = await prepare(context, request);
  const id = await context.change(tenantId, 'run.control', (tx, principal) => insertRerun(tx, principal, prepared));
  return loadRun(context, { tenantId, id });
};
