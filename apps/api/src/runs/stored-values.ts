import type { BlobStore } from '@ia-modules/blobs';
import type { Json, RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { readArchivedLog } from '@ia-modules/runtime-postgres';
import DataLoader from 'dataloader';
import type { TenantSession } from '../tenant-session.ts';
import type { ValueBudget } from '../value-budget.ts';

export type StoredValueLoaders = {
  /** Logs of pruned runs by `RunRow.archiveKey`; null when the archive is gone. */
  readonly archivedLogs: DataLoader<string, readonly RunEvent[] | null>;
  /** Large values by their key; null when there is none. */
  readonly largeValues: DataLoader<string, Json | null>;
};

type StoredValuesInit = {
  readonly session: TenantSession;
  readonly blobs: BlobStore;
  readonly budget: ValueBudget;
};

/** What lies in blob storage, within the same bounds as what the database sends. Who asks has read the run before. */
export const createStoredValueLoaders = (init: StoredValuesInit): StoredValueLoaders => ({
  archivedLogs: createStoredLoader(init, (key) => readLog(init, key)),
  largeValues: createStoredLoader(init, (key) => readValue(init, key)),
});

const createStoredLoader = <Value>(
  { session }: StoredValuesInit,
  read: (key: string) => Promise<Value>,
): DataLoader<string, Value> =>
  new DataLoader(async (keys) => {
    // Storage may be slow: meanwhile others can use the connection.
    await session.close();
    const values: (Value | Error)[] = [];
    // One after the other, so that the budget counts before the next is read.
    for (const key of keys) values.push(await read(key).catch((error: unknown) => error as Error));
    return values;
  });

const readLog = async ({ blobs, budget }: StoredValuesInit, key: string): Promise<readonly RunEvent[] | null> => {
  try {
    const log = await readArchivedLog(blobs, key, { maxBytes: budget.leftBytes });
    budget.spend(log?.bytes ?? 0);
    return log?.events ?? null;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'IA_RUN_TOO_LARGE') budget.spend(budget.leftBytes + 1);
    throw error;
  }
};

const readValue = async ({ blobs, budget }: StoredValuesInit, key: string): Promise<Json | null> => {
  budget.spend((await blobs.sizeOf(key)) ?? 0);
  const bytes = await blobs.get(key);
  return bytes === undefined ? null : (JSON.parse(new TextDecoder().decode(bytes)) as Json);
};
