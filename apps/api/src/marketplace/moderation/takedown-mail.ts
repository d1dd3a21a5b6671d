import type { Prisma } from '@ia-modules/database';
import { enqueueMail } from '../../mail/mail-queue.ts';

type Owner = {
  readonly email: string;
  readonly name: string;
  readonly tenantName: string;
  readonly tenantSlug: string;
};

/** More people than that need not be told each. */
const FIND_OWNERS = `select m.email, m.name, t.name as "tenantName", t.slug as "tenantSlug"
  from tenant_members m join tenants t on t.id = m.tenant_id
  where m.tenant_id = $1::uuid and m.role = 'owner' and m.is_email_verified order by m.user_id limit 20`;

export type ToldTakedown = {
  readonly tenantId: string;
  readonly pluginName: string;
  readonly version: string | null;
  readonly reason: string;
};

/** Tells the owners of the tenant that a plugin of theirs was taken down, in the transaction that does it. */
export const mailTakedown = async (
  tx: Prisma.TransactionClient,
  { tenantId, pluginName, version, reason }: ToldTakedown,
): Promise<void> => {
  const owners = await tx.$queryRawUnsafe<Owner[]>(FIND_OWNERS, tenantId);
  for (const { email, name, tenantName, tenantSlug } of owners) {
    const mail = {
      kind: 'pluginTakenDown',
      to: email,
      name,
      tenantName,
      tenantSlug,
      pluginName,
      version,
      reason,
    } as const;
    await enqueueMail(tx, mail);
  }
};
