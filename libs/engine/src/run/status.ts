/** The one status vocabulary, of runs and of steps. */
export const RUN_STATUSES = ['pending', 'running', 'waiting', 'succeeded', 'failed', 'canceled', 'skipped'] as const;
/** Where a run or a step stands; see {@link RUN_STATUSES}. */
export type Status = (typeof RUN_STATUSES)[number];

/** A status that no event can change any more. */
export const TERMINAL_STATUSES: ReadonlySet<Status> = new Set(['succeeded', 'failed', 'canceled', 'skipped']);

/** Tells whether nothing can change the status any more. */
export const isTerminal = (status: Status): boolean => TERMINAL_STATUSES.has(status);

/** Why a run is `waiting`. */
export type WaitReason =
  | 'timer'
  | 'retry'
  | 'approval'
  | 'signal'
  | 'concurrency'
  | 'paused'
  | 'breakpoint'
  | 'budget'
  /** Nobody knows what became of something that was sent: somebody has to say. */
  | 'effect';
