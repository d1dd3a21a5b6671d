import type { MemoryClock } from './memory-clock.ts';

/** A run that waits for its next settlement. */
export type IdleRun = {
  /** Gives the run up: nothing from inside can take it further. */
  readonly stop: () => void;
};

/** What runs that belong together share: one clock, which only jumps when nothing in any of them works. */
export type MemoryWorld = {
  readonly clock: MemoryClock;
  /** Counts work whose end comes by itself: the clock waits for it. */
  begin(): void;
  end(): void;
  enter(): void;
  leave(): void;
  /** A run has nothing to do. */
  idle(run: IdleRun): void;
  /** A run has something to do again. */
  busy(run: IdleRun): void;
};

export type MemoryWorldOptions = {
  readonly clock: MemoryClock;
  /** Whether the runs wait for what other runs of the process have: then they are not stalled, and time does not jump. */
  readonly isWaitingForOthers: () => boolean;
  /** Called when only something from outside can take the runs further; true gives them up. */
  readonly onStalled: () => boolean;
};

export const createMemoryWorld = ({ clock, isWaitingForOthers, onStalled }: MemoryWorldOptions): MemoryWorld => {
  const idle = new Set<IdleRun>();
  let working = 0;
  let runs = 0;

  const settle = (): void => {
    if (working > 0 || runs === 0 || idle.size < runs || isWaitingForOthers()) return;
    if (clock.advance() || clock.isPending() || !onStalled()) return;
    for (const run of idle) run.stop();
  };

  return {
    clock,
    begin: () => {
      working += 1;
    },
    end: () => {
      working -= 1;
      settle();
    },
    enter: () => {
      runs += 1;
    },
    leave: () => {
      runs -= 1;
      settle();
    },
    idle: (run) => {
      idle.add(run);
      settle();
    },
    busy: (run) => {
      idle.delete(run);
    },
  };
};
