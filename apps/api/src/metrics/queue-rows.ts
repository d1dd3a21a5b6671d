import type { PoolClient } from 'pg';

/** What is open in a tenant now; counted up to a bound. */
export type QueueFigures = {
  readonly pending: number;
  readonly running: number;
  readonly waiting: number;
  readonly oldestPendingAt: Date | null;
};

export const MAX_COUNTED = 10_000;

const countOf = (status: string): string =>
  `(select count(*)::int from (select from runs where tenant_id = $1 and status = '${status}' limit ${MAX_COUNTED}) counted)`;

const READ_QUEUE = `select ${countOf('pending')} as pending, ${countOf('running')} as running, ${countOf('waiting')} as waiting,
  (select created_at from runs where tenant_id = $1 and status = 'pending' order by created_at, id limit 1)
    as "oldestPendingAt"`;

export const readQueue = async (client: PoolClient, tenantId: string): Promise<QueueFigures> => {
  const { rows } = await client.query<QueueFigures>(READ_QUEUE, [tenantId]);
  return rows[0] ?? { pending: 0, running: 0, waiting: 0, oldestPendingAt: null };
};
