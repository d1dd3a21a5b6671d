import type { Readable } from 'node:stream';
import type { TimeAccount } from './host-time.ts';

/** Reads a stream of a process, which pays for the time that the reading takes: one that owes is not read meanwhile. */
export type PaidReading = {
  /** Does some work that the process pays for. */
  readonly charge: <T>(work: () => T) => T;
  /** Reads what is left at once: the process is gone, and its stream ends only when it is read. */
  readonly drain: () => void;
};

export const readPaid = (stream: Readable, account: TimeAccount, onChunk: (chunk: Buffer) => void): PaidReading => {
  const state: { timer: NodeJS.Timeout | undefined; isDraining: boolean } = { timer: undefined, isDraining: false };
  const goOn = (): void => {
    state.timer = undefined;
    stream.resume();
  };
  const charge = <T>(work: () => T): T => {
    const begunAt = performance.now();
    try {
      return work();
    } finally {
      const pauseMs = account.spend(performance.now() - begunAt);
      if (pauseMs > 0 && !state.isDraining) {
        stream.pause();
        clearTimeout(state.timer);
        state.timer = setTimeout(goOn, pauseMs);
      }
    }
  };
  stream.on('data', (chunk: Buffer) => charge(() => onChunk(chunk)));
  return {
    charge,
    drain: () => {
      state.isDraining = true;
      account.close();
      clearTimeout(state.timer);
      goOn();
    },
  };
};
