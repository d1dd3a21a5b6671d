import { useState } from 'react';
import { failureOf, type MutationFailure } from './mutation-failure.tsx';

type Outcome = MutationFailure | 'leaving' | undefined;

/**
 * The state of a mutation: whether it is under way, and what went wrong last. Its work answers the failure, if any, or
 * `leaving` when another page is on its way: then it stays busy, so that nobody sends it twice.
 */
export function useAttempt() {
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<MutationFailure | null>(null);
  const attempt = async (work: () => Promise<Outcome>): Promise<void> => {
    setIsBusy(true);
    setFailure(null);
    const outcome = await work().catch(failureOf);
    if (outcome === 'leaving') return;
    setFailure(outcome ?? null);
    setIsBusy(false);
  };
  return { attempt, isBusy, failure, forget: () => setFailure(null) };
}
