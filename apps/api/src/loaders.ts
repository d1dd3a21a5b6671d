import type { Permission } from '@ia-modules/database';
import DataLoader from 'dataloader';
import type { PoolClient } from 'pg';
import type { TenantSession } from './tenant-session.ts';

export type TenantKey = { readonly tenantId: string; readonly id: string };

const cacheKeyOf = ({ tenantId, id }: TenantKey): string => `${tenantId}:${id}`;

type RowLoaderInit<Row> = {
  readonly session: TenantSession;
  readonly permission: Permission;
  readonly fetch: (client: PoolClient, ids: readonly string[], tenantId: string) => Promise<readonly Row[]>;
  readonly idOf: (row: Row) => string;
};

export type RowLoader<Row> = DataLoader<TenantKey, Row | null, string>;

/** Loads rows by id, one statement for all ids of a tenant that one tick of execution asks for. */
export const createRowLoader = <Row>({ session, permission, fetch, idOf }: RowLoaderInit<Row>): RowLoader<Row> =>
  new DataLoader<TenantKey, Row | null, string>(
    async (keys) => {
      const groups = Map.groupBy(keys, (key) => key.tenantId);
      const results = new Map<string, Row | Error>();
      for (const [tenantId, group] of groups) {
        try {
          const ids = group.map((key) => key.id);
          const rows = await session.read(tenantId, permission, (client) => fetch(client, ids, tenantId));
          for (const row of rows) results.set(cacheKeyOf({ tenantId, id: idOf(row) }), row);
        } catch (error) {
          for (const key of group) results.set(cacheKeyOf(key), error as Error);
        }
      }
      return keys.map((key) => results.get(cacheKeyOf(key)) ?? null);
    },
    { cacheKeyFn: cacheKeyOf },
  );

type ListKey<Arguments> = TenantKey & { readonly args: Arguments };

type ListLoaderInit<Arguments, Result> = {
  readonly session: TenantSession;
  readonly permission: Permission;
  /** The result of each parent, in one statement. */
  readonly list: (
    client: PoolClient,
    parentIds: readonly string[],
    args: Arguments,
  ) => Promise<ReadonlyMap<string, Result>>;
  readonly empty: Result;
};

export type ListLoader<Arguments, Result> = DataLoader<ListKey<Arguments>, Result, string>;

/** Loads lists below many parents, one statement for all parents that are asked with the same arguments. */
export const createListLoader = <Arguments, Result>(
  init: ListLoaderInit<Arguments, Result>,
): ListLoader<Arguments, Result> => {
  const groupKeyOf = (key: ListKey<Arguments>): string => JSON.stringify([key.tenantId, key.args]);
  return new DataLoader<ListKey<Arguments>, Result, string>(
    async (keys) => {
      const results = new Map<string, ReadonlyMap<string, Result> | Error>();
      for (const [groupKey, group] of Map.groupBy(keys, groupKeyOf)) {
        const [{ tenantId, args }] = group as [ListKey<Arguments>];
        const parentIds = group.map((key) => key.id);
        try {
          results.set(
            groupKey,
            await init.session.read(tenantId, init.permission, (client) => init.list(client, parentIds, args)),
          );
        } catch (error) {
          results.set(groupKey, error as Error);
        }
      }
      return keys.map((key) => {
        const lists = results.get(groupKeyOf(key));
        return lists instanceof Error ? lists : (lists?.get(key.id) ?? init.empty);
      });
    },
    { cacheKeyFn: (key) => JSON.stringify([key.tenantId, key.id, key.args]) },
  );
};

/** Groups rows under the parent that each names. */
export const groupRows = <Row>(rows: readonly Row[], parentOf: (row: Row) => string): ReadonlyMap<string, Row[]> =>
  Map.groupBy(rows, parentOf);
