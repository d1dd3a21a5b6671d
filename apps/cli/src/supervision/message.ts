/** One attempt of a step, as the supervising process needs to know it. */
export type SupervisedAttempt = {
  readonly stepId: string;
  readonly attempt: number;
  readonly timeoutMs: number | null;
};

/** What a run tells the process that supervises it. */
export type SupervisionMessage =
  | ({ readonly type: 'attempt_began'; readonly id: number } & SupervisedAttempt)
  | { readonly type: 'attempt_ended'; readonly id: number }
  /** The run has heard an interrupt, and ends by itself. */
  | { readonly type: 'interrupt_heard' };
