import type { GroupCommitter } from '../log/group-committer.ts';
import type { RunReference } from '../run/run-store.ts';
import type { LineWriter } from './line-writer.ts';

/** What runs need of the writer of lines. */
export type RunLines = Pick<LineWriter, 'write' | 'flush' | 'forget' | 'hasLinesOf'>;

type Committer = Pick<GroupCommitter, 'append'>;

/** Commits the end of a run after what its attempts wrote, so that whoever sees the end has all lines. */
export const linesFirst = (
  { runId }: RunReference,
  { committer, lines }: { readonly committer: Committer; readonly lines: RunLines },
): Committer => {
  let flushed: Promise<void> | undefined;
  return {
    append: (append) => {
      if (append.change.finishedAt !== null && lines.hasLinesOf(runId)) flushed ??= lines.flush();
      return flushed === undefined ? committer.append(append) : flushed.then(() => committer.append(append));
    },
  };
};
