import type { Prisma } from '@ia-modules/database';
import type { PoolClient } from 'pg';

/** Asks the database as one tenant. */
export type AskRows = <T extends object>(sql: string, values: readonly unknown[]) => Promise<readonly T[]>;

/** Asks in the transaction of a change. */
export const askIn =
  (tx: Prisma.TransactionClient): AskRows =>
  (sql, values) =>
    tx.$queryRawUnsafe(sql, ...values);

/** Asks in a transaction that only reads. */
export const askWith =
  (client: PoolClient): AskRows =>
  async (sql, values) =>
    (await client.query(sql, [...values])).rows;
