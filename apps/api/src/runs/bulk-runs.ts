import type { Permission } from '@ia-modules/database';
import type { ForkPoint, Status } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, requireAccess } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { parseTenantNodeId, tenantNodeId } from '../global-id.ts';
import { databaseTroubleOf } from '../database-errors/database-trouble.ts';
import { checkIdempotencyKey } from '../idempotency-key.ts';
import { createOperationLoaders } from '../operation-loaders.ts';
import { encodeCursor } from '../page.ts';
import { type BulkFilter, selectRuns } from './bulk-selection.ts';
import {
  checkReason,
  CONTROL_ACTIONS,
  CONTROL_PERMISSIONS,
  type ControlAction,
  controlInTransaction,
} from './control-run.ts';
import { rerun } from './rerun.ts';
import type { RunOriginKind, RunRow } from './run-rows.ts';

export const MAX_BULK_IDS = 500;
/** Runs that one transaction tells something: few, so that none is held up for long. */
const RUNS_PER_TRANSACTION = 50;

export type BulkAction = ControlAction | RunOriginKind;

export type BulkRequest = {
  readonly tenantId: string;
  readonly action: BulkAction;
  /** Global ids, or which runs. */
  readonly runs: readonly string[] | BulkFilter;
  readonly reason: string | null;
  /** Of a fork. */
  readonly point: ForkPoint | null;
  readonly idempotencyKey: string | null;
};

export type BulkResult = {
  /** The global id of the run that was named. */
  readonly runId: string;
  /** The run that was told something, or the new one that came out of it. */
  readonly run: RunRow | null;
  readonly error: PlatformError | null;
};

export type BulkOutcome = {
  readonly results: readonly BulkResult[];
  /** Whether the filter matches runs behind these. */
  readonly hasMore: boolean;
  readonly endCursor: string | null;
};

type Target = { readonly runId: string; readonly id: string };
type Selected = Omit<BulkOutcome, 'results'> & { readonly targets: readonly (Target | string)[] };
/** What became of one run: the id of the run to show, or why not. */
type Done = { readonly runId: string; readonly id: string } | { readonly runId: string; readonly error: PlatformError };

const isControl = (action: BulkAction): action is ControlAction =>
  (CONTROL_ACTIONS as readonly string[]).includes(action);

const permissionOf = (action: BulkAction): Permission =>
  isControl(action) ? CONTROL_PERMISSIONS[action] : 'run.control';

const OPEN: readonly Status[] = ['pending', 'running', 'waiting'];
const STATUSES: Readonly<Record<BulkAction, readonly Status[] | null>> = {
  cancel: OPEN,
  pause: OPEN,
  resume: ['running', 'waiting'],
  retry: ['failed', 'canceled'],
  replay: null,
  fork: null,
};

/** Each run that is made has a key of its own. */
const keyFor = (idempotencyKey: string, runId: string): string => `${idempotencyKey}/${runId}`;

const invalid = (message: string): PlatformError => new PlatformError({ code: 'IA_API_INVALID', message });

const checkRequest = (context: ApiContext, request: BulkRequest): void => {
  const { tenantId, action, runs, reason, point, idempotencyKey } = request;
  const { principal } = context.viewer;
  requireAccess(principal, tenantId, 'run.read');
  requireAccess(principal, tenantId, permissionOf(action));
  checkReason(reason);
  if (idempotencyKey !== null) checkIdempotencyKey(keyFor(idempotencyKey, tenantId));
  if ((action === 'fork') !== (point !== null))
    throw invalid('`fork` says from where the action FORK goes on, and only that.');
  if (isControl(action) && idempotencyKey !== null)
    throw invalid('Only actions that make runs take an `idempotencyKey`.');
  if (Array.isArray(runs) && runs.length > MAX_BULK_IDS) throw invalid(`At most ${MAX_BULK_IDS} \`runIds\` at once.`);
};

const isIds = (runs: BulkRequest['runs']): runs is readonly string[] => Array.isArray(runs);

const select = async (context: ApiContext, { tenantId, action, runs }: BulkRequest): Promise<Selected> => {
  if (isIds(runs)) {
    const targets = [...new Set(runs)].map((runId) => {
      const key = parseTenantNodeId('Run', runId);
      return key?.tenantId === tenantId ? { runId, id: key.id } : runId;
    });
    return { targets, hasMore: false, endCursor: null };
  }
  const filter = { ...runs, status: runs.status ?? STATUSES[action] };
  const { rows, hasMore } = await context.session.read(tenantId, 'run.read', (client) =>
    selectRuns(client, { tenantId, filter }),
  );
  const last = rows.at(-1);
  return {
    targets: rows.map(({ id }) => ({ runId: tenantNodeId('Run', { tenantId, id }), id })),
    hasMore,
    endCursor: last === undefined ? null : encodeCursor('bulk', [last.createdAt.toISOString(), last.id], tenantId),
  };
};

/** A defect with one run must not hide what was done to the others. */
const asError = (context: ApiContext, error: unknown): PlatformError => {
  if (error instanceof PlatformError && error.fault === 'user') return error;
  context.services.logger.error({ err: error }, 'a run of a bulk action failed');
  const trouble = databaseTroubleOf(error);
  if (trouble !== undefined) return trouble;
  return new PlatformError({ code: 'IA_INTERNAL', message: 'Something went wrong on our side.', hint: 'Ask again.' });
};

type Batch = { readonly request: BulkRequest; readonly action: ControlAction; readonly targets: readonly Target[] };

const controlBatch = (context: ApiContext, { request, action, targets }: Batch): Promise<Done[]> => {
  const { tenantId, reason } = request;
  return context.change(tenantId, CONTROL_PERMISSIONS[action], async (tx, principal) => {
    const done: Done[] = [];
    for (const { runId, id } of targets) {
      try {
        await controlInTransaction(tx, principal, { tenantId, id, action, reason });
        done.push({ runId, id });
      } catch (error) {
        // What the platform refuses left the transaction as it was; anything else has broken it.
        if (!(error instanceof PlatformError)) throw error;
        done.push({ runId, error });
      }
    }
    return done;
  });
};

const controlAll = async (context: ApiContext, { targets, ...rest }: Batch): Promise<Done[]> => {
  const done: Done[] = [];
  for (let start = 0; start < targets.length; start += RUNS_PER_TRANSACTION) {
    const batch = targets.slice(start, start + RUNS_PER_TRANSACTION);
    try {
      done.push(...(await controlBatch(context, { ...rest, targets: batch })));
    } catch (thrown) {
      const error = asError(context, thrown);
      done.push(...batch.map(({ runId }) => ({ runId, error })));
    }
  }
  return done;
};

const rerunAll = async (
  context: ApiContext,
  { request, kind, targets }: Readonly<{ request: BulkRequest; kind: RunOriginKind; targets: readonly Target[] }>,
): Promise<Done[]> => {
  const { tenantId, point, reason, idempotencyKey } = request;
  const done: Done[] = [];
  for (const { runId, id } of targets) {
    // Each run with loaders of its own: its log may take all that one operation may read.
    const { session, services, viewer } = context;
    const loaders = createOperationLoaders({ session, blobs: services.blobs, principal: () => viewer.principal });
    const key = idempotencyKey === null ? null : keyFor(idempotencyKey, id);
    try {
      const made = await rerun(
        { ...context, loaders },
        { tenantId, id, kind, point, answers: [], reason, idempotencyKey: key },
      );
      done.push({ runId, id: made.id });
    } catch (error) {
      done.push({ runId, error: asError(context, error) });
    }
  }
  return done;
};

const act = (context: ApiContext, request: BulkRequest, targets: readonly Target[]): Promise<Done[]> => {
  const { action } = request;
  return isControl(action)
    ? controlAll(context, { request, action, targets })
    : rerunAll(context, { request, kind: action, targets });
};

/** Does the same to many runs, each for itself: what is refused for one is done for the others. */
export const bulkRuns = async (context: ApiContext, request: BulkRequest): Promise<BulkOutcome> => {
  checkRequest(context, request);
  const { tenantId } = request;
  const { targets, hasMore, endCursor } = await select(context, request);
  const known = targets.filter((target) => typeof target !== 'string');
  const done = new Map((await act(context, request, known)).map((item) => [item.runId, item]));
  const results = targets.map(async (target): Promise<BulkResult> => {
    const runId = typeof target === 'string' ? target : target.runId;
    const item = done.get(runId);
    if (item === undefined) return { runId, run: null, error: notFound() };
    if ('error' in item) return { runId, run: null, error: item.error };
    return { runId, run: await context.loaders.runs.load({ tenantId, id: item.id }), error: null };
  });
  return { results: await Promise.all(results), hasMore, endCursor };
};
