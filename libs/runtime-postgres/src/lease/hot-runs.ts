import type { PlatformError } from '@ia-modules/plugin-sdk';
import { type HotRun, type HotRunServices, type InboxMessage, type RunOutcome, startHotRun } from '../run/hot-run.ts';
import type { RunReference, StoredRun } from '../run/run-store.ts';
import type { RunAdmission } from '../scheduling/run-admission.ts';

export type HotRunsOptions = {
  readonly services: HotRunServices;
  readonly admission: RunAdmission;
  /** Runs that only wait are kept in memory up to this number. */
  readonly maxIdleRuns: number;
  /** Beyond this number nobody is taken up who can wait. */
  readonly maxRuns: number;
  /** Hears that a place got free for which somebody may wait. */
  readonly onFree: () => void;
  readonly onReleased: (run: StoredRun, outcome: RunOutcome) => void;
};

/** A run that is due so soon stays in memory. */
const SOON_MS = 1_000;

/** The runs in a worker's memory: those at work have places, of those that only wait the latest stay. */
export class HotRuns {
  readonly #options: HotRunsOptions;
  readonly #runs = new Map<string, HotRun>();
  readonly #setAside = new Set<string>();
  /** In the order in which they got idle. */
  readonly #idle = new Set<string>();
  #givenUp: PlatformError | undefined;

  constructor(options: HotRunsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#runs.size;
  }

  get activeCount(): number {
    return this.#runs.size - this.#idle.size;
  }

  get isCrowded(): boolean {
    return this.#runs.size >= this.#options.maxRuns;
  }

  get(runId: string): HotRun | undefined {
    return this.#runs.get(runId);
  }

  isKnown({ runId }: RunReference): boolean {
    return this.#runs.has(runId) || this.#setAside.has(runId);
  }

  /** Ids of runs that the table may still show as pending, and of those that nobody may begin. */
  notClaimable(): string[] {
    const begun = [...this.#runs.values()].filter(({ run }) => run.lastSeq === 0).map(({ run }) => run.runId);
    return [...begun, ...this.#setAside];
  }

  start(run: StoredRun): HotRun {
    const { services, admission } = this.#options;
    const { runId } = run;
    admission.noteActive(run);
    const hotRun = startHotRun({ run, services, onChanged: () => this.#review(runId) });
    this.#runs.set(runId, hotRun);
    services.metrics.runHeld();
    if (run.isOrphan) hotRun.tell(CANCEL_ORPHAN);
    void hotRun.outcome.then((outcome) => this.#release(run, outcome));
    if (this.#givenUp !== undefined) hotRun.giveUp(this.#givenUp);
    return hotRun;
  }

  /** Keeps a run that nobody may begin from being looked at again. */
  setAside({ runId }: RunReference): void {
    this.#setAside.add(runId);
  }

  /** Undoes that a run was set aside. */
  readmit({ runId }: RunReference): void {
    this.#setAside.delete(runId);
  }

  /** Resolves when every run that is here now has caught up with its log. */
  async caughtUp(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ caughtUp }) => caughtUp));
  }

  /** Gives up every run, also one that somebody is just about to start. */
  async giveUpAll(reason: PlatformError): Promise<void> {
    this.#givenUp = reason;
    const outcomes = [...this.#runs.values()].map((hotRun) => {
      hotRun.giveUp(reason);
      return hotRun.outcome;
    });
    await Promise.all(outcomes);
  }

  #review(runId: string): void {
    const hotRun = this.#runs.get(runId);
    if (hotRun === undefined) return;
    const { admission } = this.#options;
    if (hotRun.takesPlace) admission.noteActive(hotRun.run);
    else this.#freePlace(runId);
    if (hotRun.idleUntil === undefined) this.#idle.delete(runId);
    else {
      this.#idle.add(runId);
      this.#parkOldest();
    }
  }

  #parkOldest(): void {
    const { maxIdleRuns, services } = this.#options;
    if (this.#idle.size <= maxIdleRuns) return;
    const soon = services.clock.now() + SOON_MS;
    for (const runId of this.#idle) {
      if (this.#idle.size <= maxIdleRuns) return;
      const hotRun = this.#runs.get(runId);
      const until = hotRun?.idleUntil;
      if (until === undefined || (until !== null && until < soon)) continue;
      this.#idle.delete(runId);
      hotRun?.park();
    }
  }

  #freePlace(runId: string): void {
    const { admission, onFree } = this.#options;
    if (admission.noteIdle(runId)) onFree();
  }

  #release(run: StoredRun, outcome: RunOutcome): void {
    const { services, onReleased } = this.#options;
    const { runId } = run;
    this.#runs.delete(runId);
    this.#idle.delete(runId);
    services.metrics.runReleased();
    if (outcome === 'set_aside') {
      this.#setAside.add(runId);
      services.log.error({ runId }, 'The run is set aside: its log can not be written.');
    }
    this.#freePlace(runId);
    onReleased(run, outcome);
  }
}

const CANCEL_ORPHAN: InboxMessage = {
  settle: () => ({ kind: 'cancel_requested', reason: 'The run above it has ended.', by: null }),
};
