import { isRecord, readString } from '../definition/json-record.ts';

export type Status = 'pending' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'canceled' | 'skipped';

/** An entry of a run's log as the API delivers it. */
export type LoggedEvent = Readonly<{
  seq: number;
  at: string;
  type: string;
  stepId: string | null;
  iteration: string | null;
  index: string | null;
  attempt: number | null;
  /** What of the step it is about when that is not its own work. */
  part: string | null;
  data: unknown;
  cursor: string;
}>;

export type ShownError = Readonly<{ code: string; message: string; hint: string | null }>;

export function readError(data: unknown): ShownError | null {
  const error = member(data, 'error');
  const message = readString(error, 'message');
  if (message === null) return null;
  return { code: readString(error, 'code') ?? '', message, hint: readString(error, 'hint') };
}

export const member = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined);
