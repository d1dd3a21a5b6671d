import { FairShares } from './fair-shares.ts';
import { createStartWindow, type StartWindow } from './start-window.ts';
import type { Limits } from './tenant-limits.ts';
import { waitingOrder } from './waiting-order.ts';

export type AdmittedRun = { readonly runId: string; readonly tenantId: string; readonly pipelineId: string };

/** A run that nobody has begun yet. */
export type Candidate = AdmittedRun & { readonly priority: number; readonly createdAt: Date };

export type RunAdmissionOptions = {
  /** Runs that work at the same time. */
  readonly maxRuns: number;
  readonly limits: Limits;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
};

type Place = { readonly run: AdmittedRun; readonly takenAt: number };

/**
 * Decides which pending runs begin. A run has a place while it works; one that only waits has none. Places are shared between
 * tenants as {@link FairShares} says. Within a tenant the higher priority comes first, and of the same the earlier; a point of
 * priority is worth a minute of waiting.
 */
export class RunAdmission {
  readonly maxRuns: number;
  readonly #limits: Limits;
  readonly #shares: FairShares;
  readonly #starts: StartWindow;
  readonly #places = new Map<string, Place>();
  readonly #activeByPipeline = new Map<string, number>();
  /** Tenants that had candidates left when it was last decided. */
  readonly #waiting = new Set<string>();

  constructor({ maxRuns, limits, now = () => performance.now() }: RunAdmissionOptions) {
    this.maxRuns = maxRuns;
    this.#limits = limits;
    this.#starts = createStartWindow(now);
    this.#shares = new FairShares({
      places: maxRuns,
      weightOf: (tenantId) => limits.of(tenantId).weight,
      limitOf: (tenantId) => limits.of(tenantId).maxConcurrentRuns,
      now,
    });
  }

  get activeRuns(): number {
    return this.#shares.held;
  }

  get freePlaces(): number {
    return this.#shares.free;
  }

  /** Places that only tenants with few runs at work may take. */
  get reservedPlaces(): number {
    return this.#shares.reserve;
  }

  /** Chooses the runs that begin now, in the order in which they begin, and counts them as active. */
  admit<C extends Candidate>(candidates: readonly C[], atMost = Number.POSITIVE_INFINITY): C[] {
    this.#shares.reviewLimits();
    const queues = toQueues(candidates.filter(({ runId }) => !this.#places.has(runId)));
    this.#noteWaiting(queues);
    const admitted: C[] = [];
    while (admitted.length < atMost) {
      const tenantId = this.#shares.next();
      if (tenantId === undefined) break;
      const candidate = this.#firstAdmissible(tenantId, queues.get(tenantId));
      if (candidate === undefined) this.#setWaiting(tenantId, false);
      else {
        this.noteActive(candidate);
        if (this.#limits.of(tenantId).maxRunsPerMinute !== null) this.#starts.note(tenantId);
        admitted.push(candidate);
      }
    }
    return admitted;
  }

  /** The run works: it was begun before, or goes on after a wait. It has a place then, even above the limits. */
  noteActive({ runId, tenantId, pipelineId }: AdmittedRun): void {
    if (this.#places.has(runId)) return;
    this.#places.set(runId, { run: { runId, tenantId, pipelineId }, takenAt: this.#shares.take(tenantId) });
    this.#activeByPipeline.set(pipelineId, (this.#activeByPipeline.get(pipelineId) ?? 0) + 1);
  }

  /** The run only waits, has ended or is given up. Whether a place got free that a pending run may be waiting for. */
  noteIdle(runId: string): boolean {
    const place = this.#places.get(runId);
    if (place === undefined) return false;
    const isAwaited = this.isHoldingBack();
    const { tenantId, pipelineId } = place.run;
    this.#places.delete(runId);
    this.#shares.giveBack(tenantId, place.takenAt);
    const active = (this.#activeByPipeline.get(pipelineId) ?? 0) - 1;
    if (active > 0) this.#activeByPipeline.set(pipelineId, active);
    else this.#activeByPipeline.delete(pipelineId);
    return isAwaited;
  }

  /** Tenants of which no run may begin now: their candidates need not be looked up. */
  fullTenants(): string[] {
    const tenantIds = new Set([...this.#shares.holders(), ...this.#starts.tenants()]);
    return [...tenantIds].filter((tenantId) => !this.#mayBegin(tenantId));
  }

  fullPipelines(): string[] {
    return [...this.#activeByPipeline.keys()].filter((pipelineId) => this.#isPipelineFull(pipelineId));
  }

  /** Whether runs may be pending that a place given back could let begin. To be asked after a decision. */
  isHoldingBack(): boolean {
    const { free, isContended } = this.#shares;
    return free === 0 || isContended || this.fullTenants().length > 0 || this.fullPipelines().length > 0;
  }

  /** How long until the rate of a tenant lets one more run begin; undefined where no rate holds any back. */
  nextStartInMs(): number | undefined {
    const waits = [...this.#starts.tenants()].map((tenantId) => this.rateWaitMs(tenantId)).filter((wait) => wait > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** How long the tenant's rate holds its next run back. */
  rateWaitMs(tenantId: string): number {
    const { maxRunsPerMinute } = this.#limits.of(tenantId);
    return maxRunsPerMinute === null ? 0 : this.#starts.waitMs(tenantId, maxRunsPerMinute);
  }

  /** Tenants that have runs at work or are held back by their rate. */
  tenants(): ReadonlySet<string> {
    return new Set([...this.#shares.holders(), ...this.#starts.tenants()]);
  }

  activeRunsOf(tenantId: string): number {
    return this.#shares.heldBy(tenantId);
  }

  /** Who isn't among the candidates has none, unless it was not looked for. */
  #noteWaiting(queues: ReadonlyMap<string, unknown>): void {
    for (const tenantId of this.#waiting) {
      if (!queues.has(tenantId) && this.#mayBegin(tenantId)) this.#setWaiting(tenantId, false);
    }
    for (const tenantId of queues.keys()) this.#setWaiting(tenantId, true);
  }

  #setWaiting(tenantId: string, isWaiting: boolean): void {
    if (isWaiting) this.#waiting.add(tenantId);
    else this.#waiting.delete(tenantId);
    this.#shares.setWaiting(tenantId, isWaiting);
  }

  #firstAdmissible<C extends Candidate>(tenantId: string, queue: Iterator<C> | undefined): C | undefined {
    if (queue === undefined || this.rateWaitMs(tenantId) > 0) return undefined;
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      // A pipeline that is full stays full for the rest of the decision.
      if (!this.#isPipelineFull(next.value.pipelineId)) return next.value;
    }
    return undefined;
  }

  #mayBegin(tenantId: string): boolean {
    return this.#shares.mayTake(tenantId) && this.rateWaitMs(tenantId) === 0;
  }

  #isPipelineFull(pipelineId: string): boolean {
    const limit = this.#limits.ofPipeline(pipelineId);
    return limit !== null && (this.#activeByPipeline.get(pipelineId) ?? 0) >= limit;
  }
}

const toQueues = <C extends Candidate>(candidates: readonly C[]): Map<string, Iterator<C>> => {
  const byTenant = Map.groupBy(candidates, ({ tenantId }) => tenantId);
  return new Map([...byTenant].map(([tenantId, ofTenant]) => [tenantId, ofTenant.sort(byOrder).values()]));
};

const byOrder = (a: Candidate, b: Candidate): number => orderOf(a) - orderOf(b);

const orderOf = ({ createdAt, priority }: Candidate): number => waitingOrder(createdAt.getTime(), priority);
