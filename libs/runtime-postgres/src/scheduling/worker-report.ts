import type { RunAdmission } from './run-admission.ts';
import type { TaskGate } from './task-gate.ts';

export type TenantReport = {
  readonly activeRuns: number;
  readonly activeTasks: number;
  /** Attempts that wait for a place in the worker or under the tenant's limit. */
  readonly queuedTasks: number;
  /** Until when the tenant's rate lets no further run begin: epoch milliseconds, absent where it does. */
  readonly rateFullUntil?: number;
};

/** What a worker tells with its lease: how full it is, and with whose work. Tenants with nothing to tell are absent. */
export type WorkerReport = {
  readonly maxRuns: number;
  /** Of these, how many only tenants with few runs at work may take. */
  readonly reservedRuns: number;
  readonly activeRuns: number;
  readonly maxTasks: number;
  readonly activeTasks: number;
  readonly tenants: Readonly<Record<string, TenantReport>>;
};

type ReportSources = {
  readonly admission: RunAdmission;
  readonly taskGate: TaskGate;
  /** Epoch milliseconds. @default Date.now */
  readonly epochNow?: () => number;
};

export const createReport = ({ admission, taskGate, epochNow = Date.now }: ReportSources): WorkerReport => {
  const tasks = taskGate.tenants();
  const tenantIds = new Set([...admission.tenants(), ...tasks.keys()]);
  const reportOf = (tenantId: string): TenantReport => {
    const { activeTasks, queuedTasks } = tasks.get(tenantId) ?? { activeTasks: 0, queuedTasks: 0 };
    const waitMs = admission.rateWaitMs(tenantId);
    return {
      activeRuns: admission.activeRunsOf(tenantId),
      activeTasks,
      queuedTasks,
      ...(waitMs > 0 && { rateFullUntil: epochNow() + waitMs }),
    };
  };
  return {
    maxRuns: admission.maxRuns,
    reservedRuns: admission.reservedPlaces,
    activeRuns: admission.activeRuns,
    maxTasks: taskGate.maxTasks,
    activeTasks: taskGate.activeTasks,
    tenants: Object.fromEntries([...tenantIds].map((tenantId) => [tenantId, reportOf(tenantId)])),
  };
};
