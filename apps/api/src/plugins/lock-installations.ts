import type { Prisma } from '@ia-modules/database';

/** Changes of a tenant's plugins wait for each other: what one of them needs must not go while another one looks at it. */
export const lockInstallations = async (tx: Prisma.TransactionClient, tenantId: string): Promise<void> => {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`plugins ${tenantId}`}, 0))`;
};

/** Keeps a tenant's plugins as they are until the transaction ends, and waits for changes under way; others may do so too. */
export const holdInstallations = async (tx: Prisma.TransactionClient, tenantId: string): Promise<void> => {
  await tx.$executeRaw`select pg_advisory_xact_lock_shared(hashtextextended(${`plugins ${tenantId}`}, 0))`;
};
