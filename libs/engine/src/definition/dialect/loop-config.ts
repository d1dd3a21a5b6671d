import type { Path } from '../diagnostic.ts';
import { isRecord, type JsonRecord } from './record.ts';
import type { RewriteLog } from './rewrite-log.ts';

export type LoopConfig = {
  readonly path: Path;
  readonly maxIterations: unknown;
  /** What has to stay, because nobody knows what it says. */
  readonly rest: JsonRecord | undefined;
};

const LOST: ReadonlySet<string> = new Set(['max_loop_time_seconds', 'iteration_delay_seconds']);

/** Reads the bounds of all loops of a document. Undefined when there are none, or no object. */
export const readLoopConfig = (config: unknown, path: Path, log: RewriteLog): LoopConfig | undefined => {
  if (!isRecord(config)) return undefined;
  const { max_iterations: maxIterations, ...others } = config;
  if (maxIterations !== undefined)
    log.rewritten(path, "'loop_config' is the 'loop' of the transitions that close a cycle.");
  const unread: [string, unknown][] = [];
  for (const [key, value] of Object.entries(others)) {
    if (LOST.has(key)) {
      const hint = "Bound the run with the flow's 'max_duration', or wait with a core.wait step.";
      log.lost([...path, key], `'${key}' has no counterpart.`, hint);
    } else {
      log.leftover([...path, key], `'${key}' of 'loop_config' is unknown.`);
      unread.push([key, value]);
    }
  }
  return { path, maxIterations, rest: unread.length > 0 ? Object.fromEntries(unread) : undefined };
};
