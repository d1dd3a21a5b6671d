/** Names the cookie that remembers the tenant a person looked at last. */
export const LAST_TENANT_COOKIE = 'ia-last-tenant';

const ONE_YEAR_S = 31_536_000;

export function rememberTenant(slug: string): void {
  document.cookie = `${LAST_TENANT_COOKIE}=${slug}; path=/; max-age=${ONE_YEAR_S}; samesite=lax`;
}
