import type { Pool } from 'pg';
import { COMMUNITY_SCOPE, PLATFORM_SCOPE } from '../access/package-name.ts';
import type { PackageStore } from './package-store.ts';

/** What the database sends when a tenant is gone. */
export const TENANT_ERASED = 'tenant_erased';

const KEPT_SCOPES: ReadonlySet<string> = new Set([COMMUNITY_SCOPE, PLATFORM_SCOPE]);

/**
 * Removes the packages of tenants that are gone; says of how many. A slug is never given away again, so that nobody
 * publishes there meanwhile. Public packages lie in a scope of their own, and stay.
 */
export async function removeErasedScopes(
  pool: Pool,
  store: Pick<PackageStore, 'scopes' | 'removeScope'>,
): Promise<number> {
  const slugs = (await store.scopes()).filter((slug) => !KEPT_SCOPES.has(slug));
  if (slugs.length === 0) return 0;
  const { rows } = await pool.query<{ slug: string }>('select slug from erased_scopes($1)', [slugs]);
  for (const { slug } of rows) await store.removeScope(slug);
  return rows.length;
}
