import type { RunEvent } from '@ia-modules/engine';
import type { ApiContext } from '../context.ts';
import type { RunRow } from './run-rows.ts';

/** All events of a run, from its archive when they were pruned; null when they are gone. */
export const loadWholeLog = async (run: RunRow, { loaders }: ApiContext): Promise<readonly RunEvent[] | null> => {
  const { tenantId, id, prunedAt, archiveKey } = run;
  if (prunedAt === null) return loaders.logsOfRuns.load({ tenantId, id, args: null });
  return archiveKey === null ? null : loaders.archivedLogs.load(archiveKey);
};
