import type { Pool } from 'pg';

/** How long a repeated delivery of a webhook is told from a new one by its own row; beyond it by its run. */
export const DELIVERY_MEMORY_MS = 7 * 24 * 60 * 60 * 1_000;

/** Forgets the deliveries of webhooks that are too old to be repeated. */
export const forgetDeliveries = async ({ pool, now }: { readonly pool: Pool; readonly now: Date }): Promise<void> => {
  await pool.query('select forget_webhook_deliveries($1)', [new Date(now.getTime() - DELIVERY_MEMORY_MS)]);
};
