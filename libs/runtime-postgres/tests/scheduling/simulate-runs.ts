import { type Candidate, RunAdmission } from '../../src/scheduling/run-admission.ts';
import type { Limits } from '../../src/scheduling/tenant-limits.ts';
import { waitingOrder } from '../../src/scheduling/waiting-order.ts';
import type { Served } from './service-record.ts';
import { type Load, limitsOf } from './simulate-tasks.ts';
import { createVirtualClock } from './virtual-clock.ts';

export type RunLoad = Load & { readonly pipelineId?: string };

export type ServedRun = Served & { readonly pipelineId: string };

export type RunSimulation = {
  readonly maxRuns: number;
  readonly loads: readonly RunLoad[];
  readonly limits?: Limits;
  /** Called after each decision, with what is pending still. */
  readonly inspect?: (admission: RunAdmission, pending: readonly Candidate[]) => void;
};

type Pending = Candidate & { readonly served: Served; readonly durationMs: number };

/** The pending runs as the database keeps them: by tenant, in the order in which they are to begin. */
const createPendingRuns = () => {
  const byTenant = new Map<string, Pending[]>();
  const orderOf = ({ createdAt, priority }: Pending): number => waitingOrder(createdAt.getTime(), priority);
  return {
    add: (run: Pending): void => {
      const ofTenant = byTenant.get(run.tenantId) ?? [];
      byTenant.set(run.tenantId, ofTenant);
      const place = ofTenant.findLastIndex((other) => orderOf(other) <= orderOf(run)) + 1;
      ofTenant.splice(place, 0, run);
    },
    remove: (run: Pending): void => {
      const ofTenant = byTenant.get(run.tenantId) ?? [];
      ofTenant.splice(ofTenant.indexOf(run), 1);
    },
    all: (): Pending[] => [...byTenant.values()].flat(),
    firstOfEach: (count: number, full: { tenants: readonly string[]; pipelines: readonly string[] }): Pending[] =>
      [...byTenant].flatMap(([tenantId, ofTenant]) =>
        full.tenants.includes(tenantId)
          ? []
          : ofTenant
              .values()
              .filter(({ pipelineId }) => !full.pipelines.includes(pipelineId))
              .take(count)
              .toArray(),
      ),
  };
};

/** Sends the loads through an admission in virtual time, as the holder of the lease does, to the end of the last run. */
export const simulateRuns = ({ maxRuns, loads, limits = limitsOf(), inspect }: RunSimulation): ServedRun[] => {
  const clock = createVirtualClock();
  const admission = new RunAdmission({ maxRuns, limits, now: clock.now });
  const pending = createPendingRuns();
  const served: ServedRun[] = [];

  const begin = (run: Pending): void => {
    pending.remove(run);
    run.served.begunAt = clock.now();
    run.served.endedAt = clock.now() + run.durationMs;
    clock.at(run.served.endedAt, () => {
      admission.noteIdle(run.runId);
      decide();
    });
  };

  const decide = (): void => {
    for (let free = admission.freePlaces; free > 0; free = admission.freePlaces) {
      const full = { tenants: admission.fullTenants(), pipelines: admission.fullPipelines() };
      const admitted = admission.admit(pending.firstOfEach(free, full), free);
      for (const run of admitted) begin(run);
      if (admitted.length === 0) break;
    }
    inspect?.(admission, pending.all());
    const retryMs = admission.nextStartInMs();
    if (retryMs !== undefined) clock.at(clock.now() + retryMs, decide);
  };

  const arrive = (load: RunLoad, index: number): void => {
    const { tenantId, pipelineId = tenantId, priority = 0, durationMs } = load;
    const work = { tenantId, pipelineId, priority, arrivedAt: clock.now(), begunAt: Number.NaN, endedAt: Number.NaN };
    served.push(work);
    pending.add({
      runId: String(served.length),
      tenantId,
      pipelineId,
      priority,
      createdAt: new Date(clock.now()),
      served: work,
      durationMs: typeof durationMs === 'number' ? durationMs : durationMs(index),
    });
  };
  for (const load of loads) {
    const { firstAt = 0, everyMs = 0, count } = load;
    for (let index = 0; index < count; index += 1) clock.at(firstAt + index * everyMs, () => arrive(load, index));
    for (let index = 0; index < (everyMs === 0 ? 1 : count); index += 1) clock.at(firstAt + index * everyMs, decide);
  }
  clock.run();
  return served;
};
