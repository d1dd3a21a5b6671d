import { checkStored, notANumber, STORE_LIMITS, storeFull } from '@ia-modules/plugin-host';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { KeyValueStore } from '@ia-modules/plugin-sdk/trusted';
import { withTenants } from '@ia-modules/runtime-postgres';
import type { Pool, PoolClient } from 'pg';

const IS_OVER = 'plugin_values.expires_at <= now()';
const ENDS_AT = `now() + $4::float8 * interval '1 millisecond'`;

const GET = `select value from plugin_values
  where tenant_id = $1 and key = $2 and (expires_at is null or expires_at > now())`;

/** A key that is there takes no new room; a value that is over is as good as none. */
const HAS_ROOM = `(exists (select from plugin_values where tenant_id = $1 and key = $2)
    or not exists (select from plugin_values where tenant_id = $1 offset ${STORE_LIMITS.values - 1} limit 1))`;

const SET = `insert into plugin_values (tenant_id, key, value, expires_at)
  select $1, $2, $3, ${ENDS_AT} where ${HAS_ROOM}
  on conflict (tenant_id, key) do update set value = excluded.value, expires_at = excluded.expires_at
    where not $5 or ${IS_OVER}`;

const DELETE = `delete from plugin_values where tenant_id = $1 and key = $2
  returning expires_at is null or expires_at > now() as "wasThere"`;

const ADD = `insert into plugin_values (tenant_id, key, value, expires_at)
  select $1, $2, $3::float8::text, ${ENDS_AT} where ${HAS_ROOM}
  on conflict (tenant_id, key) do update set
    value = case when ${IS_OVER} then excluded.value else (plugin_values.value::float8 + $3::float8)::text end,
    expires_at = case when ${IS_OVER} then excluded.expires_at else plugin_values.expires_at end
  returning value`;

/** What PostgreSQL says of a text that is no number, or of a sum that is too large for one. */
const NUMBER_PROBLEMS: ReadonlySet<unknown> = new Set(['22P02', '22003']);

/** Keeps small values of a tenant in the database: they outlive the worker, and leave with the tenant. */
export const createPluginValues = (pool: Pool, tenantId: string): KeyValueStore => {
  const run = <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => withTenants(pool, [tenantId], work);
  const get = async (client: PoolClient, key: string): Promise<string | undefined> =>
    (await client.query<{ value: string }>(GET, [tenantId, key])).rows[0]?.value;
  return {
    get: async (key) => {
      check(key);
      return await run((client) => get(client, key));
    },
    set: async (key, value, { ttlMs, onlyIfAbsent = false } = {}) => {
      check(key, value);
      return await run(async (client) => {
        const { rowCount } = await client.query(SET, [tenantId, key, value, ttlMs ?? null, onlyIfAbsent]);
        if (rowCount === 1) return true;
        if (onlyIfAbsent && (await get(client, key)) !== undefined) return false;
        throw storeFull();
      });
    },
    delete: async (key) => {
      check(key);
      const { rows } = await run((client) => client.query<{ wasThere: boolean }>(DELETE, [tenantId, key]));
      return rows[0]?.wasThere === true;
    },
    add: async (key, by, { ttlMs } = {}) => {
      check(key);
      return await run((client) => add(client, [tenantId, key, by, ttlMs ?? null]));
    },
  };
};

const add = async (client: PoolClient, values: readonly [string, string, number, number | null]): Promise<number> => {
  const [, key] = values;
  try {
    const { rows } = await client.query<{ value: string }>(ADD, [...values]);
    if (rows[0] === undefined) throw storeFull();
    const sum = Number(rows[0].value);
    if (Number.isFinite(sum)) return sum;
    throw notANumber(key);
  } catch (error) {
    if (error instanceof Error && 'code' in error && NUMBER_PROBLEMS.has(error.code)) throw notANumber(key);
    throw error;
  }
};

const check = (key: string, value = ''): void => {
  checkStored(key, value);
  if (!key.includes('\0') && !value.includes('\0')) return;
  throw new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: 'A stored key or value holds no NUL character.',
  });
};
