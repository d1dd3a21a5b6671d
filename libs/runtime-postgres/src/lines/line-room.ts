import type { BufferedLines } from './line-buffer.ts';
import type { StoredLine } from './stored-line.ts';
import type { LineAppend, LinePosition } from './write-lines.ts';

export const MAX_LINES_PER_RUN = 10_000;
export const MAX_LINE_BYTES_PER_RUN = 4 * 1_024 * 1_024;
const FULL = 'Further lines of this run are not kept: it has written 10,000 lines or 4 MiB.';

/** Where the lines of runs end, and how much more they may write. */
export type LineRoom = {
  isKnown(runId: string): boolean;
  isFull(runId: string): boolean;
  set(runId: string, position: LinePosition): void;
  /** What of the lines is to be stored, with a last line that says so when not all of them fit. */
  fit(lines: BufferedLines, now: number): LineAppend | undefined;
  /** Notes that lines were stored. */
  use(append: LineAppend, bytes: number): void;
  forget(runId: string): void;
};

const AT_START: LinePosition = { seq: 0, bytes: 0 };

export const createLineRoom = (): LineRoom => {
  const positions = new Map<string, LinePosition>();
  const full = new Set<string>();

  const isFull = (runId: string): boolean => {
    const { seq, bytes } = positions.get(runId) ?? AT_START;
    return full.has(runId) || seq > MAX_LINES_PER_RUN || bytes > MAX_LINE_BYTES_PER_RUN;
  };

  return {
    isKnown: (runId) => positions.has(runId),
    isFull,
    set: (runId, position) => positions.set(runId, position),
    fit: ({ tenantId, runId, lines, dropped }, now) => {
      if (isFull(runId)) return undefined;
      const position = positions.get(runId) ?? AT_START;
      const missing = dropped === 0 ? [] : [said(`${dropped} lines are missing here: they came too fast.`, now)];
      const kept = cutToRoom([...lines, ...missing], position);
      if (kept.length < lines.length + missing.length) {
        full.add(runId);
        kept.push(said(FULL, now));
      }
      return { tenantId, runId, after: position.seq, lines: kept };
    },
    use: ({ runId, after, lines }, bytes) => {
      positions.set(runId, { seq: after + lines.length, bytes: (positions.get(runId)?.bytes ?? 0) + bytes });
    },
    forget: (runId) => {
      positions.delete(runId);
      full.delete(runId);
    },
  };
};

const cutToRoom = (lines: readonly StoredLine[], position: LinePosition): StoredLine[] => {
  let { bytes } = position;
  const end = lines.findIndex((line, place) => {
    bytes += Buffer.byteLength(JSON.stringify(line));
    return position.seq + place >= MAX_LINES_PER_RUN || bytes > MAX_LINE_BYTES_PER_RUN;
  });
  return lines.slice(0, end === -1 ? lines.length : end);
};

const said = (message: string, at: number): StoredLine => ({ at, level: 'warn', message });
