import { partOf, type TaskLogLine, type TaskRequest } from '@ia-modules/engine';

/** A line as a chunk of `run_log_chunks` holds it: its place in the chunk says its `seq`. */
export type StoredLine = {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly level: TaskLogLine['level'];
  readonly message: string;
  /** Of a report of progress: from 0 to 1. */
  readonly fraction?: number;
  /** What wrote it; nothing of these where the platform itself has something to say. */
  readonly stepId?: string;
  readonly iteration?: string;
  readonly index?: string;
  readonly part?: string;
  readonly attempt?: number;
};

export const MAX_LINE_BYTES = 8 * 1_024;
const CUT = '…';

export const toStoredLine = (
  { level, message, fraction }: TaskLogLine,
  request: TaskRequest,
  at: number,
): StoredLine => {
  const { key, stepId, iteration, index, attempt } = request;
  const part = partOf(key);
  return {
    at,
    level,
    message: cutLine(message),
    ...(fraction !== undefined && { fraction }),
    stepId,
    ...(iteration !== '' && { iteration }),
    ...(index !== '' && { index }),
    ...(part !== undefined && { part }),
    attempt,
  };
};

/** At most `MAX_LINE_BYTES`, and no half of a character at the end. */
export const cutLine = (message: string): string => {
  if (message.length * 3 <= MAX_LINE_BYTES) return message;
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_LINE_BYTES) return message;
  const room = MAX_LINE_BYTES - Buffer.byteLength(CUT);
  return new TextDecoder().decode(bytes.subarray(0, room)).replace(/\uFFFD+$/, '') + CUT;
};
