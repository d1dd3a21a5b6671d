import type { Json, JsonObject, Status } from '@ia-modules/engine';

/** How one execution of a step ended, and when. */
export type StepEnding = {
  readonly status: Status;
  readonly at: number;
  readonly output?: Json;
  readonly error?: string;
};

/** What a run comes to, as far as the rulings say. */
export type Answer = {
  readonly status: Status;
  readonly error: string | undefined;
  readonly outputs: JsonObject | undefined;
  readonly endedAt: number;
  /** By step and iteration: `a#2.1`. */
  readonly endings: Readonly<Record<string, StepEnding>>;
  readonly steps: Readonly<Record<string, { readonly status: Status; readonly iterations: number }>>;
  /** `a#2.1/0 succeeded`, in order. */
  readonly compensations: readonly string[];
};

export type TracedAnswer = {
  readonly answer: Answer;
  /** Indices of the transitions that were taken in any iteration. */
  readonly taken: ReadonlySet<number>;
};
