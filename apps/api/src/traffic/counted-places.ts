/** Counts places that somebody takes, up to so many for each. */
export class CountedPlaces {
  readonly #maxEach: number;
  readonly #taken = new Map<string, number>();
  #total = 0;

  constructor(maxEach: number) {
    this.#maxEach = maxEach;
  }

  get total(): number {
    return this.#total;
  }

  /** Returns how to give the place back, or null when there is none. */
  take(by: string, maxEach: number = this.#maxEach): (() => void) | null {
    const taken = this.#taken.get(by) ?? 0;
    if (taken >= maxEach) return null;
    this.#taken.set(by, taken + 1);
    this.#total += 1;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#total -= 1;
      const left = (this.#taken.get(by) ?? 1) - 1;
      if (left === 0) this.#taken.delete(by);
      else this.#taken.set(by, left);
    };
  }
}
