import type { Prisma, UserPrincipal } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import type { ApiContext } from '../context.ts';
import { refusingValues } from '../refused-value.ts';
import { requireOperator } from '../tenants/platform-operator.ts';

/** Opens what is moderated to the transaction. Only for whom `requireOperator` has let pass. */
const OPEN = `set_config('app.is_operator', 'on', true)`;

/** Reads across tenants for the operator of the platform. @throws PlatformError IA_API_FORBIDDEN for everybody else */
export const readAsOperator = async <T>(context: ApiContext, read: (client: PoolClient) => Promise<T>): Promise<T> => {
  await requireOperator(context);
  const client = await context.services.lookups.connect();
  let failure: Error | undefined;
  try {
    await client.query(`begin read only; select ${OPEN}`);
    return await refusingValues(() => read(client));
  } finally {
    await client.query('rollback').catch((error: unknown) => {
      failure = error as Error;
    });
    client.release(failure);
  }
};

/** Changes something in a tenant for the operator of the platform. @throws PlatformError IA_API_FORBIDDEN for everybody else */
export const changeAsOperator = async <T>(
  context: ApiContext,
  tenantId: string,
  change: (tx: Prisma.TransactionClient, operator: UserPrincipal) => Promise<T>,
): Promise<T> => {
  const operator = await requireOperator(context);
  return context.operate(tenantId, async (tx) => {
    await tx.$queryRawUnsafe(`select ${OPEN}`);
    return change(tx, operator);
  });
};
