import type { Json, StepDefinition } from '@ia-modules/engine';
import type { Activity } from './activity.ts';
import type { Agenda } from './agenda.ts';
import { outcomeOf, type Attempt, type ReferenceCase } from './reference-case.ts';

export type NaiveError = { readonly code: string; readonly name: string; readonly retryable: boolean };

/** Told how work ended: once, and not at all when it was stopped. */
export type WorkEnd = {
  readonly succeeded: (output: Json) => void;
  readonly failed: (error: NaiveError) => void;
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads a number and its unit: `30s`. */
export const msOf = (duration = '0ms'): number => {
  const [, amount, unit] = /^(\d+)([a-z]+)$/.exec(duration) ?? [];
  return Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
};

export const terminalError = (code: string): NaiveError => ({ code, name: 'PlatformError', retryable: false });

type Attempts = {
  readonly agenda: Agenda;
  readonly activity: Activity;
  readonly retry: StepDefinition['retry'];
  readonly begin: (attempt: number, end: WorkEnd) => void;
  readonly end: WorkEnd;
};

/** Tries until an attempt succeeds or none is left. */
export const attemptUntilDone = ({ agenda, activity, retry, begin, end }: Attempts): void => {
  const { max_attempts: maxAttempts = 1, initial_delay: initial, max_delay: max, factor = 2 } = retry ?? {};
  const begins = (attempt: number): void =>
    begin(attempt, {
      succeeded: end.succeeded,
      failed: (error) => {
        const isMeant = retry?.on === undefined || retry.on.includes(error.name) || retry.on.includes(error.code);
        if (attempt >= maxAttempts || !error.retryable || !isMeant) {
          end.failed(error);
          return;
        }
        const delayMs = Math.min(msOf(initial) * factor ** (attempt - 1), msOf(max));
        activity.after(agenda, { delayMs, act: () => begins(attempt + 1) });
      },
    });
  begins(1);
};

type ScriptedAttempt = {
  readonly agenda: Agenda;
  readonly activity: Activity;
  readonly script: ReferenceCase['script'];
  readonly attempt: Attempt;
  readonly timeout: string | undefined;
  readonly end: WorkEnd;
};

/** One attempt that comes to what the script says, unless its time is over before. */
export const performScripted = ({ agenda, activity, script, attempt, timeout, end }: ScriptedAttempt): void => {
  const outcome = outcomeOf(script, attempt);
  const limitMs = timeout === undefined ? Infinity : msOf(timeout);
  const act = (): void => {
    if (outcome.durationMs > limitMs) end.failed({ code: 'IA_TASK_TIMEOUT', name: 'TimeoutError', retryable: true });
    else if ('output' in outcome) end.succeeded(outcome.output);
    else end.failed({ code: 'IA_TASK_FAILED', ...outcome.error });
  };
  activity.after(agenda, { delayMs: Math.min(outcome.durationMs, limitMs), act });
};
