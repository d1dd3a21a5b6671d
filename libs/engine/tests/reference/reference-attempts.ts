import type { Json, StepDefinition } from '@ia-modules/engine';
import type { Activity } from './activity.ts';
import type { Agenda } from './agenda.ts';
import { decisionOf, outcomeOf, type Attempt, type ReferenceCase } from './reference-case.ts';

export type NaiveError = { readonly code: string; readonly name: string; readonly retryable: boolean };

/** Told how work ended: once, and not at all when it was stopped. */
export type WorkEnd = {
  readonly succeeded: (output: Json) => void;
  readonly failed: (error: NaiveError) => void;
};

/** The same of one attempt, of which it may also be that nobody knows. */
export type AttemptEnd = WorkEnd & { readonly lost: (how: 'failure' | 'worker', error: NaiveError) => void };

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
  readonly onUnknown: StepDefinition['on_unknown'];
  readonly begin: (attempt: number, end: AttemptEnd) => void;
  readonly end: WorkEnd;
  /** What is attempted, for whoever is asked about it. */
  readonly work: Omit<Attempt, 'attempt'>;
};

/** Tries until an attempt succeeds or none is left. */
export const attemptUntilDone = ({ agenda, activity, retry, onUnknown, begin, end, work }: Attempts): void => {
  const { max_attempts: maxAttempts = 1, initial_delay: initial, max_delay: max, factor = 2 } = retry ?? {};
  let uncounted = 0;
  const begins = (attempt: number): void => {
    const failed = (error: NaiveError): void => {
      const isMeant = retry?.on === undefined || retry.on.includes(error.name) || retry.on.includes(error.code);
      const counted = attempt - uncounted;
      if (counted >= maxAttempts || !error.retryable || !isMeant) {
        end.failed(error);
        return;
      }
      const delayMs = Math.min(msOf(initial) * factor ** (counted - 1), msOf(max));
      activity.after(agenda, { delayMs, act: () => begins(attempt + 1) });
    };
    const askAbout = (): void => {
      const { decision, output, delayMs } = decisionOf({ ...work, attempt });
      const act = (): void => {
        if (decision === 'repeat') begins(attempt + 1);
        else if (decision === 'confirm') end.succeeded(output);
        else end.failed(terminalError('IA_EFFECT_UNKNOWN'));
      };
      activity.after(agenda, { delayMs, act });
    };
    const lost: AttemptEnd['lost'] = (how, error) => {
      if (how === 'worker') uncounted += 1;
      if (onUnknown === 'ask') askAbout();
      else if (onUnknown === 'fail') end.failed(terminalError('IA_EFFECT_UNKNOWN'));
      else if (how === 'worker') begins(attempt + 1);
      else failed(error);
    };
    begin(attempt, { succeeded: end.succeeded, failed, lost });
  };
  begins(1);
};

type ScriptedAttempt = {
  readonly agenda: Agenda;
  readonly activity: Activity;
  readonly script: ReferenceCase['script'];
  readonly attempt: Attempt;
  readonly timeout: string | undefined;
  readonly end: AttemptEnd;
};

/** One attempt that comes to what the script says, unless its time is over before. */
export const performScripted = ({ agenda, activity, script, attempt, timeout, end }: ScriptedAttempt): void => {
  const outcome = outcomeOf(script, attempt);
  const limitMs = timeout === undefined ? Infinity : msOf(timeout);
  const act = (): void => {
    if (outcome.durationMs > limitMs) {
      end.lost('failure', { code: 'IA_TASK_TIMEOUT', name: 'TimeoutError', retryable: true });
    } else if ('output' in outcome) end.succeeded(outcome.output);
    else if ('lost' in outcome) end.lost(outcome.lost, { code: 'IA_TASK_FAILED', name: 'Error', retryable: true });
    else end.failed({ code: 'IA_TASK_FAILED', ...outcome.error });
  };
  activity.after(agenda, { delayMs: Math.min(outcome.durationMs, limitMs), act });
};
