import { type Json, type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { parseDuration } from '../definition/duration.ts';
import { isJsonObject } from '../definition/is-json-object.ts';
import { parseTime } from '../definition/time.ts';
import type { Turn } from './decision.ts';
import type { RecordedError } from './events.ts';
import { timerKey, type Place } from './keys.ts';
import { toRecordedError } from './recorded-error.ts';
import { endRun } from './run-end.ts';
import { failAttempt } from './step-end.ts';

type CoreWork = { readonly attempt: number; readonly input: JsonObject };

/** What an input that came from templates may lack. */
export const badInput = (turn: Turn, place: Place, expected: string): RecordedError => {
  const { id, uses } = turn.step(place);
  return toRecordedError(
    new PlatformError({ code: 'IA_PIPELINE_WITH', message: `Step '${id}' (${uses}) needs ${expected}.` }),
  );
};

/** Waits for a time or a signal; a signal that came early is there at once. */
export const wait = (turn: Turn, place: Place, { attempt, input }: CoreWork): { readonly output: Json } | undefined => {
  if (typeof input['signal'] === 'string') return awaitSignal(turn, place, input['signal']);
  const fireAt = wakeTime(turn, input);
  if (fireAt === undefined) {
    const error = badInput(turn, place, 'a duration such as "30s", until as a time in ISO 8601, or a signal');
    failAttempt(turn, place, { attempt, error });
    return undefined;
  }
  turn.recordAt(place, 'timer_set', { attempt, data: { fireAt, purpose: 'wait' } });
  turn.effects.push({ kind: 'timer', key: timerKey(turn.keyOf(place), { attempt, purpose: 'wait' }), fireAt });
  return undefined;
};

const awaitSignal = (turn: Turn, place: Place, name: string): { readonly output: Json } | undefined => {
  const early = turn.state.signals.get(name)?.[0];
  turn.recordAt(place, 'signal_awaited', { data: { name } });
  return early === undefined ? undefined : { output: early };
};

const wakeTime = (turn: Turn, { duration, until }: JsonObject): number | undefined => {
  if (duration !== undefined) return timeFrom(turn, duration, { allowsTimes: false });
  return until === undefined ? undefined : timeFrom(turn, until, { allowsDurations: false });
};

type TimeForms = { readonly allowsDurations?: boolean; readonly allowsTimes?: boolean };

/** Epoch milliseconds of a duration from now on, or of a time in ISO 8601; undefined for anything else. */
export const timeFrom = (
  turn: Turn,
  value: unknown,
  { allowsDurations = true, allowsTimes = true }: TimeForms = {},
): number | undefined => {
  if (typeof value !== 'string') return undefined;
  const durationMs = allowsDurations ? parseDuration(value) : undefined;
  if (durationMs !== undefined) return turn.facts.now + durationMs;
  return allowsTimes ? parseTime(value) : undefined;
};

/** Ends the run: what still runs is canceled. */
export const end = (turn: Turn, place: Place, input: JsonObject): void => {
  const { status = 'succeeded', outputs, message } = input;
  if (status !== 'succeeded' && status !== 'failed' && status !== 'canceled') {
    failAttempt(turn, place, { attempt: 1, error: badInput(turn, place, 'a status: succeeded, failed or canceled') });
    return;
  }
  if (outputs !== undefined && !isJsonObject(outputs)) {
    failAttempt(turn, place, { attempt: 1, error: badInput(turn, place, 'outputs that are an object') });
    return;
  }
  turn.recordAt(place, 'step_succeeded', { data: { output: input } });
  const text = typeof message === 'string' ? message : `Step '${turn.step(place).id}' ended the run.`;
  if (status === 'succeeded') endRun(turn, { kind: 'succeeded', outputs });
  else if (status === 'canceled') endRun(turn, { kind: 'canceled', reason: text });
  else endRun(turn, { kind: 'failed', error: endedError(text, false) });
};

export const fail = (turn: Turn, place: Place, { attempt, input }: CoreWork): void => {
  const { message, retryable } = input;
  const text = typeof message === 'string' ? message : `Step '${turn.step(place).id}' failed on purpose.`;
  failAttempt(turn, place, { attempt, error: endedError(text, retryable === true) });
};

const endedError = (message: string, retryable: boolean): RecordedError =>
  toRecordedError(new PlatformError({ code: 'IA_RUN_ENDED', message, disposition: retryable ? 'retry' : 'terminal' }));
