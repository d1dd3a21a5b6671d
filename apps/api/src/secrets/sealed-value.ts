import type { Prisma } from '@ia-modules/database';
import { secretVersionOwner } from '@ia-modules/secrets';
import type { ApiContext } from '../context.ts';

/**
 * Opens one version of a secret; null when there is none. What it gives is for comparing and sealing anew: it never goes
 * into an answer, an error or a log.
 * @throws PlatformError IA_SECRET_KEY
 */
export const readSealed = async (
  { services: { sealer } }: ApiContext,
  tx: Prisma.TransactionClient,
  key: Readonly<{ tenantId: string; secretId: string; version: number }>,
): Promise<string | null> => {
  const row = await tx.secretVersion.findFirst({ where: key, select: { keyId: true, sealed: true } });
  return row === null ? null : sealer.open(row, secretVersionOwner(key));
};
