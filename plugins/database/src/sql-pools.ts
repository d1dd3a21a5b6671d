import type { PluginContext } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import type { SqlPools, SqlSession } from '@ia-modules/plugin-sql';
import type { DatabaseFields } from './database-fields.ts';

let pools: Promise<SqlPools> | undefined;

/** The drivers are loaded with the first call. */
const openPools = (): Promise<SqlPools> => {
  pools ??= import('@ia-modules/plugin-sql').then(({ createSqlPools }) => createSqlPools());
  return pools;
};

export const closePools = async (): Promise<void> => {
  const open = pools;
  pools = undefined;
  await (await open)?.close();
};

/** Runs work in one transaction of the database that the fields name. */
export const inDatabase = async <T>(
  ctx: PluginContext,
  fields: DatabaseFields & { readonly isReadOnly: boolean },
  work: (session: SqlSession) => Promise<T>,
): Promise<T> => {
  const { readTarget } = await import('@ia-modules/plugin-sql');
  const mode = { isReadOnly: fields.isReadOnly, timeoutMs: fields.timeout_ms };
  // The manifest says `trusted`, so the platform hands over the wider context.
  return await (await openPools()).run({ ctx: ctx as TrustedContext, target: readTarget(fields), mode }, work);
};
