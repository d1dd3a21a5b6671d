import { Activity } from './activity.ts';
import type { Agenda } from './agenda.ts';
import { attemptUntilDone, performScripted } from './reference-attempts.ts';
import type { ReferenceCase } from './reference-case.ts';
import type { NaiveStep } from './reference-state.ts';

/** One piece of work that succeeded. */
export type Done = { readonly step: NaiveStep; readonly iteration: string; readonly index: string };

export type Undoing = {
  readonly agenda: Agenda;
  readonly script: ReferenceCase['script'];
  /** In order of completion; emptied from its end. */
  readonly done: Done[];
  readonly record: (line: string) => void;
  readonly end: () => void;
};

/** Undoes what succeeded, the last first, one at a time; what can't be undone stops nothing. */
export const compensateAll = (undoing: Undoing): void => {
  const { agenda, script, done, record, end } = undoing;
  const next = done.pop();
  if (next === undefined) {
    end();
    return;
  }
  const { step, iteration, index } = next;
  const { compensate } = step.definition;
  if (compensate === undefined) {
    compensateAll(undoing);
    return;
  }
  const activity = new Activity();
  const proceed = (status: 'succeeded' | 'failed'): void => {
    record(`${step.id}#${iteration}/${index} ${status}`);
    compensateAll(undoing);
  };
  attemptUntilDone({
    agenda,
    activity,
    retry: compensate.retry,
    onUnknown: step.definition.on_unknown,
    work: { script: `${step.id}:compensate`, iteration, index },
    begin: (attempt, attemptEnd) => {
      const key = { script: `${step.id}:compensate`, iteration, index, attempt };
      performScripted({ agenda, activity, script, attempt: key, timeout: compensate.timeout, end: attemptEnd });
    },
    end: { succeeded: () => proceed('succeeded'), failed: () => proceed('failed') },
  });
};
