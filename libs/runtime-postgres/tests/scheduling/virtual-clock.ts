import { IndexedHeap } from '../../src/scheduling/indexed-heap.ts';

type Happening = { readonly at: number; readonly sequence: number; readonly happen: () => void };

export type VirtualClock = {
  readonly now: () => number;
  at(time: number, happen: () => void): void;
  /** Lets happen what is due until then, in order. @default everything */
  run(until?: number): void;
};

/** Time that passes only from one happening to the next. */
export const createVirtualClock = (): VirtualClock => {
  const ahead = new IndexedHeap<Happening>((a, b) => a.at < b.at || (a.at === b.at && a.sequence < b.sequence));
  let time = 0;
  let sequence = 0;
  return {
    now: () => time,
    at: (at, happen) => {
      sequence += 1;
      ahead.put({ at, sequence, happen });
    },
    run: (until = Number.POSITIVE_INFINITY) => {
      for (let next = ahead.peek(); next !== undefined && next.at <= until; next = ahead.peek()) {
        ahead.remove(next);
        time = next.at;
        next.happen();
      }
      if (Number.isFinite(until)) time = until;
    },
  };
};
