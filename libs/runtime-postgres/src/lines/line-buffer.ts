import type { RunReference } from '../run/run-store.ts';
import type { StoredLine } from './stored-line.ts';

/** What a run has written since the last time that somebody looked. */
export type BufferedLines = RunReference & {
  readonly lines: readonly StoredLine[];
  /** Lines that found no room. */
  readonly dropped: number;
};

export type LineBuffer = {
  /** Whether the run has nothing to write. */
  isEmpty(runId: string): boolean;
  readonly size: number;
  add(run: RunReference, line: StoredLine): void;
  takeAll(): readonly BufferedLines[];
};

export type LineBufferBounds = { readonly totalBytes: number; readonly tenantBytes: number };

/** What waits to be stored in the memory of a worker, at most. */
const BOUNDS: LineBufferBounds = { totalBytes: 32 * 1_024 * 1_024, tenantBytes: 8 * 1_024 * 1_024 };
/** What a line takes beside its message. */
const LINE_OVERHEAD_BYTES = 200;

type Buffered = RunReference & {
  readonly lines: StoredLine[];
  /** The last report of each attempt that reports its progress. */
  readonly progress: Map<string, StoredLine>;
  dropped: number;
};

/** Gathers lines by run. Of reports of progress only the last of an attempt is kept; what finds no room is counted. */
export const createLineBuffer = ({ totalBytes, tenantBytes }: LineBufferBounds = BOUNDS): LineBuffer => {
  const runs = new Map<string, Buffered>();
  const bytesOfTenants = new Map<string, number>();
  let bytes = 0;

  const bufferOf = ({ tenantId, runId }: RunReference): Buffered => {
    const known = runs.get(runId);
    if (known !== undefined) return known;
    const fresh: Buffered = { tenantId, runId, lines: [], progress: new Map(), dropped: 0 };
    runs.set(runId, fresh);
    return fresh;
  };

  /** Says whether there was room. */
  const count = (tenantId: string, lineBytes: number): boolean => {
    const ofTenant = bytesOfTenants.get(tenantId) ?? 0;
    if (bytes + lineBytes > totalBytes || ofTenant + lineBytes > tenantBytes) return false;
    bytes += lineBytes;
    bytesOfTenants.set(tenantId, ofTenant + lineBytes);
    return true;
  };

  return {
    get size() {
      return runs.size;
    },
    isEmpty: (runId) => !runs.has(runId),
    add: (run, line) => {
      const buffered = bufferOf(run);
      if (!count(run.tenantId, Buffer.byteLength(line.message) + LINE_OVERHEAD_BYTES)) {
        buffered.dropped += 1;
        return;
      }
      if (line.level === 'progress') keepLatest(buffered.progress, line);
      else buffered.lines.push(line);
    },
    takeAll: () => {
      const taken = [...runs.values()].map(({ tenantId, runId, lines, progress, dropped }) => ({
        tenantId,
        runId,
        lines: progress.size === 0 ? lines : [...lines, ...progress.values()].toSorted((a, b) => a.at - b.at),
        dropped,
      }));
      runs.clear();
      bytesOfTenants.clear();
      bytes = 0;
      return taken;
    },
  };
};

const keepLatest = (progress: Map<string, StoredLine>, line: StoredLine): void => {
  progress.set(`${line.stepId}#${line.iteration ?? ''}/${line.index ?? ''}@${line.attempt}:${line.part ?? ''}`, line);
};
