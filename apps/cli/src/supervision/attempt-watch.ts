import type { SupervisedAttempt, SupervisionMessage } from './message.ts';

/** How much longer than its timeout an attempt may take before it counts as one that lets nothing else happen. */
export const GRACE_MS = 10_000;

export type AttemptWatch = {
  readonly take: (message: SupervisionMessage) => void;
  /**
   * Lets time pass, and tells the attempts that are overdue. As long as one of those under way still has time, it may be the one
   * that holds up the others: then none is.
   */
  readonly pass: (elapsedMs: number) => readonly SupervisedAttempt[];
};

type Watched = { readonly attempt: SupervisedAttempt; readonly leftMs: number };

/** Follows the attempts of a run that can't enforce their timeouts itself while one of them never yields. */
export const createAttemptWatch = (): AttemptWatch => {
  const open = new Map<number, Watched>();
  return {
    take: (message) => {
      if (message.type === 'attempt_ended') open.delete(message.id);
      if (message.type !== 'attempt_began') return;
      const { id, stepId, attempt, timeoutMs } = message;
      const leftMs = timeoutMs === null ? Number.POSITIVE_INFINITY : timeoutMs + GRACE_MS;
      open.set(id, { attempt: { stepId, attempt, timeoutMs }, leftMs });
    },
    pass: (elapsedMs) => {
      for (const [id, watched] of open) open.set(id, { ...watched, leftMs: watched.leftMs - elapsedMs });
      const watched = [...open.values()];
      return watched.every(({ leftMs }) => leftMs <= 0) ? watched.map(({ attempt }) => attempt) : [];
    },
  };
};
