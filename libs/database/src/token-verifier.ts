import type { Pool } from 'pg';
import { z } from 'zod';
import { hashApiToken, isApiToken } from './api-tokens.ts';
import type { Listener } from './notification-listener.ts';
import { TOKEN_SCOPES, type TokenScope } from './token-scopes.ts';
import { ROLES, type Membership, type TokenPrincipal } from './principal.ts';

export type TokenVerifier = {
  verify(token: string): Promise<TokenPrincipal | null>;
  close(): Promise<void>;
};

export type TokenVerifierOptions = {
  /** Makes revoked tokens fail at once; without it they fail when the cache expires. */
  readonly listener?: Listener;
};

/** The longest time that a revoked token may still pass when no notification arrives. */
const CACHE_MS = 2000;
const MAX_CACHED_TOKENS = 10_000;

const tokenRow = z.object({
  token_id: z.string(),
  tenant_id: z.string(),
  tenant_slug: z.string(),
  scopes: z.array(z.string()),
  created_by: z.string(),
  creator_role: z.enum(ROLES),
  service_account_id: z.string().nullable(),
});
const membershipRow = z.object({
  tenant_id: z.string(),
  slug: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  deleted_at: z.date().nullable(),
});

/** Finds who a token acts for; null for one that is unknown, revoked or expired or whose creator left the tenant. */
export async function verifyApiToken(pool: Pool, token: string): Promise<TokenPrincipal | null> {
  if (!isApiToken(token)) return null;
  const { rows } = await pool.query(
    `select token_id, tenant_id, tenant_slug, scopes, created_by, creator_role, service_account_id from find_api_token($1)
     where revoked_at is null and (expires_at is null or expires_at > now())`,
    [hashApiToken(token)],
  );
  if (rows[0] === undefined) return null;
  const row = tokenRow.parse(rows[0]);
  // When it was last used is for people to look at: no reason to refuse a caller.
  await pool.query('select touch_api_token($1)', [row.token_id]).catch(() => {});
  return {
    kind: 'token',
    tokenId: row.token_id,
    createdBy: row.created_by,
    serviceAccountId: row.service_account_id,
    tenantId: row.tenant_id,
    tenantSlug: row.tenant_slug,
    role: row.creator_role,
    scopes: row.scopes.filter(isTokenScope),
  };
}

/** As verifyApiToken, remembering tokens that passed for at most two seconds. */
export function createTokenVerifier(pool: Pool, options: TokenVerifierOptions = {}): TokenVerifier {
  const cache = new Map<string, { readonly expiresAtMs: number; readonly principal: TokenPrincipal }>();
  const stopListening = options.listener
    ?.listen(
      'token_revoked',
      (hash) => cache.delete(hash),
      () => cache.clear(),
    )
    .catch(() => undefined);

  async function verify(token: string): Promise<TokenPrincipal | null> {
    if (!isApiToken(token)) return null;
    const hash = hashApiToken(token);
    const cached = cache.get(hash);
    if (cached !== undefined && cached.expiresAtMs > performance.now()) return cached.principal;
    cache.delete(hash);
    const askedAtMs = performance.now();
    const principal = await verifyApiToken(pool, token);
    if (principal !== null) {
      cache.set(hash, { expiresAtMs: askedAtMs + CACHE_MS, principal });
      dropOldest(cache);
    }
    return principal;
  }

  return {
    verify,
    close: async () => {
      cache.clear();
      await (await stopListening)?.();
    },
  };
}

/** The tenants that a user belongs to, with the role there. */
export async function findMemberships(pool: Pool, userId: string): Promise<readonly Membership[]> {
  const { rows } = await pool.query('select tenant_id, slug, name, role, deleted_at from user_tenants($1)', [userId]);
  return z
    .array(membershipRow)
    .parse(rows)
    .map((row) => ({
      tenantId: row.tenant_id,
      slug: row.slug,
      name: row.name,
      role: row.role,
      isDeleted: row.deleted_at !== null,
    }));
}

function isTokenScope(scope: string): scope is TokenScope {
  return TOKEN_SCOPES.some((known) => known === scope);
}

/** A map keeps the order of insertion. */
function dropOldest(cache: Map<string, unknown>): void {
  if (cache.size <= MAX_CACHED_TOKENS) return;
  const oldest = cache.keys().next();
  if (oldest.done !== true) cache.delete(oldest.value);
}
