import type { Listener } from '@ia-modules/database';
import type { Logger } from 'pino';
import type { Notices } from './notices.ts';
import type { PackageName } from '../access/package-name.ts';
import type { PackageStore } from '../storage/package-store.ts';
import { createRetry } from '../retry.ts';

/** Carries notices and the latest version from the database, where they are changed, into the storage. */
export type NoticeSync = Readonly<{
  /** Brings one package up to date, for whoever has its turn. A failure is made good later. */
  carryNow(name: PackageName, tenantId: string): Promise<void>;
  stop(): void;
}>;

export type NoticeSyncOptions = Readonly<{
  notices: Notices;
  store: Pick<PackageStore, 'read' | 'setTags' | 'setDeprecations'>;
  withPackageLock: <T>(packageName: string, work: () => Promise<T>) => Promise<T>;
  listener: Listener;
  log: Logger;
}>;

const CHANNEL = 'storage_behind';
/** Notifications of one moment are answered together. */
const FIRST_DELAY_MS = 10;
const MAX_DELAY_MS = 30_000;

export function createNoticeSync({ notices, store, withPackageLock, listener, log }: NoticeSyncOptions): NoticeSync {
  const carry = (name: PackageName, tenantId: string): Promise<void> =>
    notices.carry({ name, tenantId }, async ({ latestVersion, texts }) => {
      const stored = await store.read(name);
      if (stored === null) return;
      const known = [...texts].filter(([version]) => Object.hasOwn(stored.versions, version));
      await store.setDeprecations(name, new Map(known));
      if (Object.hasOwn(stored.versions, latestVersion)) await store.setTags(name, { latest: latestVersion });
    });
  /** One package that can't be written does not hold up the others. */
  const carryAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const { name, tenantId } of await notices.behind()) {
      await withPackageLock(name.full, () => carry(name, tenantId)).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  const retry = createRetry(
    async () => {
      try {
        await carryAll();
      } catch (error) {
        log.warn({ err: error }, 'the storage waits for what the database says');
        throw error;
      }
    },
    FIRST_DELAY_MS,
    MAX_DELAY_MS,
  );
  // Not waited for: while the database is away, what comes back announces itself.
  listener
    .listen(CHANNEL, retry.schedule, retry.schedule)
    .then(retry.schedule)
    .catch(() => undefined);

  return {
    carryNow: async (name, tenantId) => {
      try {
        await carry(name, tenantId);
      } catch (error) {
        log.warn({ err: error }, 'the storage waits for what the database says');
        retry.schedule();
      }
    },
    stop: () => retry.stop(),
  };
}
