import { createTaskGate, type TaskGate } from '../../src/scheduling/task-gate.ts';
import { type Limits, NO_LIMITS, type TenantLimits } from '../../src/scheduling/tenant-limits.ts';
import type { Served } from './service-record.ts';
import { createVirtualClock } from './virtual-clock.ts';

export type Load = {
  readonly tenantId: string;
  readonly count: number;
  readonly firstAt?: number;
  /** Between two arrivals. @default 0: all at once */
  readonly everyMs?: number;
  readonly durationMs: number | ((index: number) => number);
  readonly priority?: number;
};

export type TaskSimulation = {
  readonly maxTasks: number;
  readonly loads: readonly Load[];
  readonly limits?: Limits;
  /** Called after each happening. */
  readonly inspect?: (gate: TaskGate) => void;
};

export const limitsOf = (
  tenants: Readonly<Record<string, Partial<TenantLimits>>> = {},
  pipelines: Readonly<Record<string, number>> = {},
): Limits => ({
  of: (tenantId) => ({ ...NO_LIMITS, ...tenants[tenantId] }),
  ofPipeline: (pipelineId) => pipelines[pipelineId] ?? null,
});

/** Sends the loads through a gate in virtual time, to the end of the last task. */
export const simulateTasks = ({ maxTasks, loads, limits = limitsOf(), inspect }: TaskSimulation): Served[] => {
  const clock = createVirtualClock();
  const gate = createTaskGate({ maxTasks, limits, now: clock.now });
  const served: Served[] = [];
  const send = ({ tenantId, priority = 0, durationMs }: Load, index: number): void => {
    const work = { tenantId, priority, arrivedAt: clock.now(), begunAt: Number.NaN, endedAt: Number.NaN };
    served.push(work);
    gate.enter(work, (ticket) => {
      work.begunAt = clock.now();
      work.endedAt = clock.now() + (typeof durationMs === 'number' ? durationMs : durationMs(index));
      clock.at(work.endedAt, () => {
        ticket.leave();
        inspect?.(gate);
      });
    });
    inspect?.(gate);
  };
  for (const load of loads) {
    const { firstAt = 0, everyMs = 0, count } = load;
    for (let index = 0; index < count; index += 1) clock.at(firstAt + index * everyMs, () => send(load, index));
  }
  clock.run();
  return served;
};
