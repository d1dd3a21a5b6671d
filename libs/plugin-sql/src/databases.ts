import type { PluginContext } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import type { ConnectionFields } from './connection-fields.ts';
import type { SqlPools } from './sql-pools.ts';
import type { SqlSession } from './sql-session.ts';
import { readTarget } from './sql-target.ts';

export type DatabaseWork = ConnectionFields & { readonly isReadOnly: boolean };

export type Databases = {
  /**
   * Runs work in one transaction of the database that the fields name, which is committed when it succeeds.
   * @throws PluginError which names neither the connection nor what was bound
   */
  readonly run: <T>(ctx: PluginContext, fields: DatabaseWork, work: (session: SqlSession) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** The databases that one plugin uses. Their drivers are loaded with the first call. */
export const createDatabases = (): Databases => {
  let pools: Promise<SqlPools> | undefined;
  return {
    run: async (ctx, fields, work) => {
      const target = readTarget(fields);
      pools ??= import('./sql-pools.ts').then(({ createSqlPools }) => createSqlPools());
      const mode = { isReadOnly: fields.isReadOnly, timeoutMs: fields.timeout_ms };
      return await (await pools).run({ ctx: trusted(ctx), target, mode }, work);
    },
    close: async () => {
      const open = pools;
      pools = undefined;
      await (await open)?.close();
    },
  };
};
