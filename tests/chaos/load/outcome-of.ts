import type { Json, TaskRequest } from '@ia-modules/engine';

/** What the input of a `chaos.effect` may say. */
export type EffectInput = Readonly<{
  value?: Json;
  /** So many attempts fail before one succeeds. */
  failures?: number;
  /** The attempt fails for good. */
  refuses?: boolean;
  /** Whoever works on this attempt dies of it. */
  kills?: boolean;
}>;

export class ChaosError extends Error {
  override readonly name = 'ChaosError';
  readonly retryable: boolean;

  constructor(message: string, retryable: boolean) {
    super(message);
    this.retryable = retryable;
  }
}

/** What an attempt comes to, by its request alone: the same in memory, in a worker, and in the worker after that. */
export const outcomeOf = ({ input, iteration, index, attempt, kind }: TaskRequest): Json => {
  const { value = null, failures = 0, refuses = false } = readInput(input);
  if (refuses) throw new ChaosError('This attempt never succeeds.', false);
  if (attempt <= failures) throw new ChaosError(`Attempt ${attempt} fails.`, true);
  return { value, place: `${kind} ${iteration}/${index}` };
};

export const readInput = (input: Json): EffectInput =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? (input as EffectInput) : {};
