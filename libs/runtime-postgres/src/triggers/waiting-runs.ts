import type { ClientBase } from 'pg';

/** How many runs of a tenant may wait to begin before triggers start no more: they would only pile up. */
export const MAX_WAITING_RUNS = 10_000;

const COUNT_WAITING = `select count(*) >= $2 as "isFull" from (
  select from runs where tenant_id = $1 and status = 'pending' and last_seq = 0 limit $2) as waiting`;

/** Tells whether so many runs of the tenant wait to begin that nothing should start one by itself. */
export const hasTooManyWaiting = async (
  client: Pick<ClientBase, 'query'>,
  tenantId: string,
  most = MAX_WAITING_RUNS,
): Promise<boolean> => {
  const { rows } = await client.query<{ isFull: boolean }>(COUNT_WAITING, [tenantId, most]);
  return rows[0]?.isFull === true;
};
