const TICK_MS = 100;
/** Later than this, three times in a row, the process can't keep up. */
const LATE_MS = 400;
const LATE_TICKS = 3;
/** Less than this from one caller within a tick is never refused. */
const LEAST_ALLOWANCE = 25;
const SHRINK = 0.7;
const GROW = 1.3;
const FORGET_ALLOWANCE = 10_000;

/**
 * Notices when the event loop is so late that everybody waits, and then lets each caller do less and less until it keeps
 * up. Who asks little is not touched. Grows again by itself.
 */
export class LoopGuard {
  readonly #counts = new Map<string, number>();
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout | null;
  #lastMs: number;
  #lateTicks = 0;
  #allowance = Number.POSITIVE_INFINITY;

  constructor({ now = () => performance.now(), isTicking = true } = {}) {
    this.#now = now;
    this.#lastMs = now();
    this.#timer = isTicking ? setInterval(() => this.tick(), TICK_MS).unref() : null;
  }

  /** Whether a request may be looked at. */
  admit(key: string): boolean {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= this.#allowance;
  }

  tick(): void {
    const nowMs = this.#now();
    const isLate = nowMs - this.#lastMs - TICK_MS > LATE_MS;
    this.#lastMs = nowMs;
    this.#lateTicks = isLate ? this.#lateTicks + 1 : 0;
    if (this.#lateTicks >= LATE_TICKS) this.#shrink();
    else if (!isLate) this.#grow();
    this.#counts.clear();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #shrink(): void {
    let most = 0;
    for (const count of this.#counts.values()) most = Math.max(most, count);
    this.#allowance = Math.max(LEAST_ALLOWANCE, Math.min(this.#allowance, most) * SHRINK);
  }

  #grow(): void {
    this.#allowance *= GROW;
    if (this.#allowance > FORGET_ALLOWANCE) this.#allowance = Number.POSITIVE_INFINITY;
  }
}
