import { type AuditVerification, verifyAudit } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ApiContext } from '../context.ts';

/** What one request may make the API read and hash. */
export const MAX_CHECKED_ENTRIES = 10_000;

export type AuditCheck = {
  readonly tenantId: string;
  readonly fromSeq: number;
  readonly previousHash: string | null;
  readonly limit: number;
};

export const checkAudit = async (
  { session }: ApiContext,
  { tenantId, fromSeq, previousHash, limit }: AuditCheck,
): Promise<AuditVerification> => {
  if (fromSeq < 1 || limit < 1 || limit > MAX_CHECKED_ENTRIES) {
    throw new PlatformError({
      code: 'IA_API_INVALID',
      message: `\`fromSeq\` is at least 1, and \`limit\` between 1 and ${MAX_CHECKED_ENTRIES}.`,
    });
  }
  const range = { fromSeq: BigInt(fromSeq), limit, ...(previousHash !== null && { previousHash }) };
  return session.write(tenantId, 'audit.read', (tx) => verifyAudit(tx, tenantId, range));
};
