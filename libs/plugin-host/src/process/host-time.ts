/** What one process has taken of its host's time. */
export type TimeAccount = {
  /** Gives the process a little more: the host itself asked it for something. */
  readonly credit: () => void;
  /** Books what its frames took, and says for how long it must be left alone for that: 0 where it need not. */
  readonly spend: (spentMs: number) => number;
  /** The process is gone. */
  readonly close: () => void;
};

export type HostTime = { readonly open: () => TimeAccount };

/** Of the host's time, what those get together that want more and more. */
const SHARE = 0.1;
/** What a process may take at once when it has taken little before. */
const MAX_CREDIT_MS = 50;
/** A process that took more in the last second, roughly, is one of those that want more and more. */
const GREEDY_MS = 20;
const RECENT_MS = 1_000;
const CREDIT_PER_CALL_MS = 1;
/** One frame is not held against a process beyond this. */
const MAX_DEBT_MS = 100;

type Balance = { creditMs: number; recentMs: number; countedAt: number };

/**
 * Keeps the processes of a pool from using up the event loop of their host: each pays for the time that its frames take, and one that
 * owes is not read until it would have had that time by its share. The more of them want much, the less each gets.
 */
export const createHostTime = (now: () => number = () => performance.now()): HostTime => {
  const greedy = new Set<Balance>();
  const shareAt = (at: number): number => {
    for (const other of greedy) if (at - other.countedAt > RECENT_MS) greedy.delete(other);
    return SHARE / Math.max(greedy.size, 1);
  };
  return {
    open: () => {
      const balance: Balance = { creditMs: MAX_CREDIT_MS, recentMs: 0, countedAt: now() };
      const add = (ms: number): void => {
        balance.creditMs = Math.min(balance.creditMs + ms, MAX_CREDIT_MS);
      };
      return {
        credit: () => {
          add(CREDIT_PER_CALL_MS);
          balance.recentMs = Math.max(balance.recentMs - CREDIT_PER_CALL_MS, 0);
        },
        spend: (spentMs) => {
          const at = now();
          const passedMs = Math.max(at - balance.countedAt, 0);
          add(passedMs * shareAt(at));
          balance.creditMs -= spentMs;
          balance.recentMs = balance.recentMs * Math.exp(-passedMs / RECENT_MS) + spentMs;
          balance.countedAt = at;
          if (balance.recentMs > GREEDY_MS) greedy.add(balance);
          else greedy.delete(balance);
          if (balance.creditMs >= 0) return 0;
          const pauseMs = Math.ceil(Math.min(-balance.creditMs, MAX_DEBT_MS) / shareAt(at));
          balance.creditMs = 0;
          balance.countedAt = at + pauseMs;
          return pauseMs;
        },
        close: () => void greedy.delete(balance),
      };
    },
  };
};
