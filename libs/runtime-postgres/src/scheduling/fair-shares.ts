import { IndexedHeap } from './indexed-heap.ts';

export type FairSharesOptions = {
  readonly places: number;
  readonly weightOf: (tenantId: string) => number;
  /** How many places a tenant may have at most; null: no limit. */
  readonly limitOf: (tenantId: string) => number | null;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

type Share = {
  readonly tenantId: string;
  held: number;
  isWaiting: boolean;
  /** Time of places used in this period, over the weight. */
  virtualMs: number;
  period: number;
  settledAt: number;
  rank: number;
  /** Whose turn it is among equals. */
  turn: number;
};

/** Taking a place costs this much, so that work too short to measure counts too. */
const START_COST_MS = 0.1;
const MEAN_OVER = 32;
const RESERVED_PART = 8;
const MIN_PLACES_WITH_RESERVE = 4;
const TENANTS_IN_RESERVE = 4;

/**
 * Shares places between tenants by weight. While tenants wait for places, each is charged the time for which it has places,
 * over its weight (its virtual time), and a free place goes to the one with the least, the places that it has now counted
 * ahead. Who begins to wait starts level with the next in line: what was not used is no credit. When nobody waits all charges
 * are forgotten: what nobody else wanted is no debt.
 *
 * An eighth of the places is a reserve: who is first in the line but has many places already (a quarter of the reserve or more)
 * leaves it free, so that one tenant's long work never holds every place.
 */
export class FairShares {
  readonly #options: FairSharesOptions;
  readonly #shares = new Map<string, Share>();
  /** Kept for what they were charged in this period alone. */
  readonly #idle = new Set<Share>();
  readonly #line = new IndexedHeap<Share>(isBefore);
  readonly #reserve: number;
  readonly #reservedPerTenant: number;
  #held = 0;
  #period = 0;
  /** When the present period began; undefined while nobody waits. */
  #contendedSince: number | undefined;
  #virtualMs = 0;
  #turns = 0;
  #samples = 0;
  #meanMs = 1;
  /** How long a place now held is expected to be held: the mean of late, changed only where it has moved far. */
  #expectedMs = 1;

  constructor(options: FairSharesOptions) {
    this.#options = options;
    this.#reserve = reserveOf(options.places);
    this.#reservedPerTenant = Math.max(1, Math.floor(this.#reserve / TENANTS_IN_RESERVE));
  }

  get held(): number {
    return this.#held;
  }

  get free(): number {
    return Math.max(0, this.#options.places - this.#held);
  }

  /** How many places the reserve has. */
  get reserve(): number {
    return this.#reserve;
  }

  /** Whether a tenant waits that its own limit doesn't hold back. */
  get isContended(): boolean {
    return this.#contendedSince !== undefined;
  }

  heldBy(tenantId: string): number {
    return this.#shares.get(tenantId)?.held ?? 0;
  }

  /** Tenants that have places. */
  *holders(): Generator<string> {
    for (const share of this.#shares.values()) if (share.held > 0) yield share.tenantId;
  }

  /** Whether a free place would be given to the tenant, were it the only one that waits. */
  mayTake(tenantId: string): boolean {
    const held = this.heldBy(tenantId);
    return !this.#isAtLimit(tenantId, held) && this.#hasPlaceFor(held);
  }

  /** Counts a place for the tenant, whether it may have it or not. Tells when it was taken. */
  take(tenantId: string): number {
    const share = this.#settled(tenantId);
    share.held += 1;
    this.#held += 1;
    share.virtualMs += START_COST_MS / this.#options.weightOf(tenantId);
    this.#turns += 1;
    share.turn = this.#turns;
    this.#seat(share);
    return share.settledAt;
  }

  giveBack(tenantId: string, takenAt: number): void {
    const share = this.#settled(tenantId);
    const usedMs = share.settledAt - takenAt;
    share.held -= 1;
    this.#held -= 1;
    this.#seat(share);
    this.#learnDuration(usedMs);
  }

  /** Says whether the tenant has a use for a place. */
  setWaiting(tenantId: string, isWaiting: boolean): void {
    const share = this.#settled(tenantId);
    if (isWaiting && !share.isWaiting) {
      this.#turns += 1;
      share.turn = this.#turns;
    }
    share.isWaiting = isWaiting;
    this.#seat(share);
  }

  /** The waiting tenant that a place is to be given to now. */
  next(): string | undefined {
    const first = this.#firstInLine();
    return first !== undefined && this.#hasPlaceFor(first.held) ? first.tenantId : undefined;
  }

  /** Looks at the limits of all who wait anew. */
  reviewLimits(): void {
    for (const share of this.#shares.values()) if (share.isWaiting) this.#seat(this.#settled(share.tenantId));
  }

  #hasPlaceFor(held: number): boolean {
    return this.free > (held < this.#reservedPerTenant ? 0 : this.#reserve);
  }

  /** Ranks only grow while nothing is given back, so the first one whose rank is up to date is the first indeed. */
  #firstInLine(): Share | undefined {
    for (;;) {
      const first = this.#line.peek();
      if (first === undefined) return undefined;
      this.#settle(first);
      this.#line.put(first);
      if (this.#line.peek() === first) return first;
    }
  }

  #settled(tenantId: string): Share {
    let share = this.#shares.get(tenantId);
    if (share === undefined) {
      share = {
        tenantId,
        held: 0,
        isWaiting: false,
        virtualMs: 0,
        period: this.#period,
        settledAt: this.#options.now(),
        rank: 0,
        turn: 0,
      };
      this.#shares.set(tenantId, share);
    }
    this.#settle(share);
    return share;
  }

  /** Charges what was used since the last time. */
  #settle(share: Share): void {
    const now = this.#options.now();
    const weight = this.#options.weightOf(share.tenantId);
    if (share.period !== this.#period) {
      share.period = this.#period;
      share.virtualMs = 0;
    }
    if (this.#contendedSince !== undefined) {
      const since = Math.max(share.settledAt, this.#contendedSince);
      share.virtualMs += (share.held * Math.max(0, now - since)) / weight;
    }
    share.settledAt = now;
    share.rank = share.virtualMs + (share.held * this.#expectedMs) / weight;
  }

  /** Puts a share in the line where it belongs now, or out of it. */
  #seat(share: Share): void {
    if (share.isWaiting && !this.#isAtLimit(share.tenantId, share.held)) {
      if (!this.#line.has(share)) this.#join(share);
      this.#settle(share);
      this.#line.put(share);
    } else this.#line.remove(share);
    if (share.held === 0 && !share.isWaiting) this.#idle.add(share);
    else this.#idle.delete(share);
    if (this.#line.size === 0) this.#endPeriod();
  }

  /** Who comes into the line is level with the first in it. */
  #join(share: Share): void {
    if (this.#contendedSince === undefined) this.#contendedSince = this.#options.now();
    const first = this.#firstInLine();
    if (first !== undefined) this.#virtualMs = Math.max(this.#virtualMs, first.virtualMs);
    share.virtualMs = Math.max(share.virtualMs, this.#virtualMs);
  }

  #endPeriod(): void {
    for (const share of this.#idle) this.#shares.delete(share.tenantId);
    this.#idle.clear();
    if (this.#contendedSince === undefined) return;
    this.#contendedSince = undefined;
    this.#period += 1;
    this.#virtualMs = 0;
  }

  #learnDuration(usedMs: number): void {
    this.#samples = Math.min(MEAN_OVER, this.#samples + 1);
    this.#meanMs += (Math.max(START_COST_MS, usedMs) - this.#meanMs) / this.#samples;
    const change = this.#meanMs / this.#expectedMs;
    if (change > 0.5 && change < 2) return;
    this.#expectedMs = this.#meanMs;
    for (const share of this.#shares.values()) if (this.#line.has(share)) this.#seat(share);
  }

  #isAtLimit(tenantId: string, held: number): boolean {
    const limit = this.#options.limitOf(tenantId);
    return limit !== null && held >= limit;
  }
}

const isBefore = (a: Share, b: Share): boolean => a.rank < b.rank || (a.rank === b.rank && a.turn < b.turn);

const reserveOf = (places: number): number =>
  places < MIN_PLACES_WITH_RESERVE ? 0 : Math.max(1, Math.floor(places / RESERVED_PART));
