/** Chooses which of several things that can happen at the same instant happens first. */
export type Pick = (count: number) => number;

type Entry = {
  readonly at: number;
  readonly act: () => void;
  readonly isLive: () => boolean;
  /** A limit on all the rest, which nothing waits for. */
  readonly isLimit: boolean;
};

/** Virtual time: everything that can happen at an instant does so before the next instant comes. */
export class Agenda {
  now = 0;
  readonly #pick: Pick;
  readonly #ready: (() => void)[] = [];
  #later: Entry[] = [];

  constructor(pick: Pick) {
    this.#pick = pick;
  }

  /** At this instant, before or after whatever else is ready. */
  soon(act: () => void): void {
    this.#ready.push(act);
  }

  /** After a while, if that is still wanted then. */
  after(delayMs: number, act: () => void, isLive: () => boolean = () => true): void {
    this.#later.push({ at: this.now + delayMs, act, isLive, isLimit: false });
  }

  /** After a while, if anything else is left by then. */
  limit(delayMs: number, act: () => void): void {
    this.#later.push({ at: this.now + delayMs, act, isLive: () => true, isLimit: true });
  }

  /** Lets things happen until nothing is left. */
  run(isOver: () => boolean): void {
    while (!isOver()) {
      const act = this.#takeReady() ?? this.#takeNext();
      if (act === undefined) return;
      act();
    }
  }

  #takeReady(): (() => void) | undefined {
    return this.#ready.length === 0 ? undefined : this.#ready.splice(this.#pick(this.#ready.length), 1)[0];
  }

  #takeNext(): (() => void) | undefined {
    this.#later = this.#later.filter(({ isLive }) => isLive());
    if (this.#later.every(({ isLimit }) => isLimit)) return undefined;
    const next = this.#later.reduce((first, other) => (other.at < first.at ? other : first));
    this.#later = this.#later.filter((other) => other !== next);
    this.now = next.at;
    return next.act;
  }
}
