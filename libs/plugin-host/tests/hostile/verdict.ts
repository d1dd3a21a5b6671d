import type { Attempt } from './attempt.ts';
import type { Outcome } from './judge.ts';

export type Verdict = {
  readonly fired: readonly string[];
  readonly outcome: Outcome;
  /** Whether another tenant's honest plugin got its answer right after. */
  readonly isServing: boolean;
};

const SHOWN_CHARS = 3_000;

/** Everything that is not as it must be after an attempt in the sandbox. */
export const complaintsOf = (attempt: Attempt, { fired, outcome, isServing }: Verdict): readonly string[] => {
  const { code, details } = (outcome.error ?? {}) as {
    readonly code?: string;
    readonly details?: { violation?: number };
  };
  const complaints = [...fired];
  if (!isServing) complaints.push('the host serves nobody else');
  if (attempt.ends !== undefined && !attempt.ends.includes(code ?? '')) complaints.push(`ended with ${code}`);
  if (attempt.violation !== undefined && details?.violation !== attempt.violation) {
    complaints.push(`ended with violation ${details?.violation}`);
  }
  return complaints.length === 0 ? [] : [...complaints, textOf(outcome)];
};

export const textOf = (outcome: Outcome): string => JSON.stringify(outcome).slice(0, SHOWN_CHARS);
