import {
  activityKey,
  explainWaitsOf,
  isTerminal,
  type Json,
  type Plan,
  type RunEvent,
  type Waiting,
} from '@ia-modules/engine';
import { childRunId } from '@ia-modules/runtime-postgres';
import type { ApiContext } from '../context.ts';
import { loadHistory } from './run-history.ts';
import type { RunRow } from './run-rows.ts';
import type { PendingRun, TenantStanding } from './scheduling-rows.ts';

/**
 * What may hold a run up: what its log says, and what keeps the worker from it: its tenant's limit, its pipeline's limit, its tenant's
 * rate, its tenant's share of a worker that is full, or that no worker is there.
 */
export const WAIT_KINDS = [
  'timer',
  'retry',
  'approval',
  'signal',
  'concurrency',
  'paused',
  'breakpoint',
  'budget',
  'effect',
  'task',
  'child',
  'tenant_limit',
  'pipeline_limit',
  'rate',
  'share',
  'worker',
] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];

/** One thing that a run waits for. Times are epoch milliseconds. */
export type RunWait = Omit<Waiting, 'reason'> & { readonly reason: WaitKind };

type Cause = {
  readonly reason: WaitKind;
  readonly until?: number | null;
  readonly detail: Readonly<Record<string, Json>>;
};

const NO_WORKER: Cause = { reason: 'worker', detail: { workers: 0 } };

/** Why the worker has not begun a run: the nearest cause first. */
const pendingCause = (standing: TenantStanding, pending: PendingRun): Cause => {
  const { ahead, pipelineLimit, pipelineActiveRuns } = pending;
  const { worker, maxConcurrentRuns, maxRunsPerMinute, weight } = standing;
  if (!standing.hasWorker) return { ...NO_WORKER, detail: { workers: 0, ahead } };
  if (pipelineLimit !== null && (pipelineActiveRuns ?? 0) >= pipelineLimit) {
    return { reason: 'pipeline_limit', detail: { limit: pipelineLimit, activeRuns: pipelineActiveRuns, ahead } };
  }
  const activeRuns = worker?.tenant?.activeRuns ?? 0;
  if (maxConcurrentRuns !== null && activeRuns >= maxConcurrentRuns) {
    return { reason: 'tenant_limit', detail: { limit: maxConcurrentRuns, activeRuns, ahead } };
  }
  const rateFullUntil = worker?.tenant?.rateFullUntil;
  if (maxRunsPerMinute !== null && rateFullUntil !== undefined && rateFullUntil > Date.now()) {
    return { reason: 'rate', until: rateFullUntil, detail: { limit: maxRunsPerMinute, ahead } };
  }
  if (worker !== null && worker.activeRuns >= worker.maxRuns - worker.reservedRuns) {
    return { reason: 'share', detail: { weight, activeRuns, workerMaxRuns: worker.maxRuns, ahead } };
  }
  return { reason: 'worker', detail: { workers: 1, ahead } };
};

/** Why attempts that nobody has begun wait; null when none of the tenant's does. */
const queueCause = ({ hasWorker, worker, maxConcurrentTasks, weight }: TenantStanding): Cause | null => {
  if (!hasWorker) return NO_WORKER;
  if (worker === null || worker.tenant === null || worker.tenant.queuedTasks === 0) return null;
  const { activeTasks, queuedTasks } = worker.tenant;
  if (maxConcurrentTasks !== null && activeTasks >= maxConcurrentTasks) {
    return { reason: 'tenant_limit', detail: { limit: maxConcurrentTasks, activeTasks, queuedTasks } };
  }
  return { reason: 'share', detail: { weight, activeTasks, queuedTasks, workerMaxTasks: worker.maxTasks } };
};

type Place = Readonly<{ stepId?: string | null; iteration?: string | null; index?: string | null }>;

const keyOf = ({ stepId, iteration, index }: Place, attempt: number): string =>
  JSON.stringify([stepId ?? '', iteration ?? '', index ?? '', attempt]);

/** The attempts that the log shows begin. */
const startedTasks = (events: readonly RunEvent[]): ReadonlySet<string> =>
  new Set(events.flatMap((event) => (event.type === 'task_started' ? [keyOf(event, event.attempt ?? 1)] : [])));

const isQueued = (wait: RunWait, started: ReadonlySet<string>): boolean =>
  wait.reason === 'task' && wait.stepId !== null && !started.has(keyOf(wait, Number(wait.detail['attempt'] ?? 1)));

/** What a step waits for that has begun: a sub-pipeline has waits of its own. */
const isChild = (plan: Plan, { reason, stepId }: Waiting): boolean =>
  reason === 'task' && stepId !== null && plan.steps[plan.stepIndexes.get(stepId) ?? -1]?.kind === 'pipeline';

/** Says whose waits are to be asked for. */
const waitOfChild = (parentRunId: string, wait: Waiting): RunWait => {
  const activity = activityKey(wait.stepId ?? '', wait.iteration ?? '', wait.index ?? '');
  const run = childRunId(parentRunId, `${activity}@${Number(wait.detail['attempt'] ?? 1)}`);
  return { ...wait, reason: 'child', detail: { ...wait.detail, run } };
};

const loadStanding = ({ tenantId }: RunRow, { loaders }: ApiContext): Promise<TenantStanding | null> =>
  loaders.standings.load({ tenantId, id: tenantId });

const explainPending = async (run: RunRow, context: ApiContext): Promise<RunWait[]> => {
  const [standing, pending] = await Promise.all([
    loadStanding(run, context),
    context.loaders.pendingRuns.load({ tenantId: run.tenantId, id: run.id }),
  ]);
  if (standing === null || pending === null) return [];
  const since = run.createdAt.getTime();
  return [{ stepId: null, iteration: null, index: null, since, until: null, ...pendingCause(standing, pending) }];
};

/** Everything that a run waits for, what holds it as a whole first; nothing once it has ended. */
export const explainRun = async (run: RunRow, context: ApiContext): Promise<RunWait[]> => {
  if (isTerminal(run.status)) return [];
  if (run.lastSeq === 0) return explainPending(run, context);
  const [{ plan, events }, standing] = await Promise.all([loadHistory(run, context), loadStanding(run, context)]);
  const waits = explainWaitsOf(plan, events).map(
    (wait): RunWait => (isChild(plan, wait) ? waitOfChild(run.id, wait) : wait),
  );
  const cause = standing === null ? null : queueCause(standing);
  if (cause === null) return waits;
  const started = startedTasks(events);
  return waits.map((wait) =>
    isQueued(wait, started) ? { ...wait, ...cause, detail: { ...wait.detail, ...cause.detail } } : wait,
  );
};
