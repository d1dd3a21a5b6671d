import type { Prisma } from '@ia-modules/database';
import { KEY_LIFE_MS, keyUsedOtherwise } from '../idempotency-key.ts';

export type RepeatableRequest = {
  readonly tenantId: string;
  readonly createdBy: string;
  readonly idempotencyKey: string | null;
  /** Tells a repeated request from another one under the same key. */
  readonly requestHash: string;
};

/**
 * The run of an earlier request with the same key; null when there is none.
 * @throws PlatformError IA_API_CONFLICT when the key was used for something else
 */
export const findRepeatedRun = async (
  tx: Prisma.TransactionClient,
  { tenantId, createdBy, idempotencyKey, requestHash }: RepeatableRequest,
): Promise<string | null> => {
  if (idempotencyKey === null) return null;
  const run = await tx.run.findUnique({
    where: { tenantId_createdBy_idempotencyKey: { tenantId, createdBy, idempotencyKey } },
    select: { id: true, requestHash: true, createdAt: true },
  });
  if (run === null || run.createdAt.getTime() < Date.now() - KEY_LIFE_MS) return null;
  if (run.requestHash === requestHash) return run.id;
  throw keyUsedOtherwise();
};

/** A key is good for a day: after that it is free again, whatever run had it. */
export const freeExpiredKey = async (
  tx: Prisma.TransactionClient,
  { tenantId, createdBy, idempotencyKey }: Omit<RepeatableRequest, 'requestHash'>,
): Promise<void> => {
  if (idempotencyKey === null) return;
  const createdAt = { lt: new Date(Date.now() - KEY_LIFE_MS) };
  await tx.run.updateMany({
    where: { tenantId, createdBy, idempotencyKey, createdAt },
    data: { idempotencyKey: null },
  });
};
