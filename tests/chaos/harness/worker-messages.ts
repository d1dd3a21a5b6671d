export type WorkerSettings = Readonly<{
  databaseUrl: string;
  journalFile: string;
  /** The longest that a step takes. */
  taskMs: number;
  leaseTtlMs: number;
  maxConcurrentRuns: number;
  /** How far its clock is ahead. */
  clockOffsetMs: number;
}>;

export type WorkerState = Readonly<{
  rssBytes: number;
  heapBytes: number;
  /** How often it has lost the lease or given it back. */
  endedTerms: number;
  /** What the runtime has logged as warnings and errors. */
  warnings: readonly string[];
}>;

export type ToWorker = Readonly<{ type: 'shift_clock'; byMs: number } | { type: 'ask' }>;
export type FromWorker = Readonly<{ type: 'ready' | 'leading' } | { type: 'state'; state: WorkerState }>;
