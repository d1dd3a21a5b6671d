import { type SecretSealer, secretVersionOwner } from '@ia-modules/secrets';
import { withTenants } from '@ia-modules/runtime-postgres';
import type { Pool, PoolClient } from 'pg';
import { retry } from './retry.ts';

export type SecretQuery = { readonly tenantId: string; readonly name: string; readonly signal: AbortSignal };

/** Opens the current value of a tenant's secret; undefined when there is none of this name. @throws PlatformError IA_SECRET_KEY */
export type SecretReader = (query: SecretQuery) => Promise<string | undefined>;

type SealedRow = {
  readonly secretId: string;
  readonly version: number;
  readonly keyId: string;
  readonly sealed: Uint8Array;
  readonly isUseStale: boolean;
};

type CachedRow = { readonly row: Promise<SealedRow | undefined>; readonly expiresAtMs: number };

/** How long after a rotation attempts may still get the value before. What is kept is sealed. */
const CACHE_MS = 1_000;
const MAX_CACHED_ROWS = 500;

const READ = `select s.id as "secretId", v.version, v.key_id as "keyId", v.sealed,
    coalesce(s.last_used_at < now() - interval '1 minute', true) as "isUseStale"
  from secrets s join secret_versions v
    on v.tenant_id = s.tenant_id and v.secret_id = s.id and v.version = s.current_version
  where s.tenant_id = $1 and s.name = $2`;

/** Whoever is rotating the secret, or notes the same use, is not waited for: the next use is noted. */
const NOTE_USE = `update secrets set last_used_at = now() where id =
  (select id from secrets where tenant_id = $1 and id = $2 for update skip locked)`;

/** Reads secrets when attempts begin. A database that does not answer is waited for. */
export const createSecretReader = (pool: Pool, sealer: SecretSealer): SecretReader => {
  const cache = new Map<string, CachedRow>();

  const read = (tenantId: string, name: string): Promise<SealedRow | undefined> => {
    const key = `${tenantId}:${name}`;
    const nowMs = performance.now();
    const cached = cache.get(key);
    if (cached !== undefined && cached.expiresAtMs > nowMs) return cached.row;
    if (cache.size >= MAX_CACHED_ROWS) cache.clear();
    const row = withTenants(pool, [tenantId], (client) => readRow(client, tenantId, name));
    cache.set(key, { row, expiresAtMs: nowMs + CACHE_MS });
    row.catch(() => cache.delete(key));
    return row;
  };

  return async ({ tenantId, name, signal }) => {
    const row = await retry({ signal, maxAttempts: Number.POSITIVE_INFINITY, isTransient: () => !signal.aborted }, () =>
      read(tenantId, name),
    );
    if (row === undefined) return undefined;
    const { secretId, version } = row;
    return sealer.open(row, secretVersionOwner({ tenantId, secretId, version }));
  };
};

const readRow = async (client: PoolClient, tenantId: string, name: string): Promise<SealedRow | undefined> => {
  const [row] = (await client.query<SealedRow>(READ, [tenantId, name])).rows;
  if (row?.isUseStale === true) await client.query(NOTE_USE, [tenantId, row.secretId]);
  return row;
};
