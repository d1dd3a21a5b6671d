import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { requireViewer } from '#src/auth/viewer.ts';
import { LAST_TENANT_COOKIE } from '#src/shell/last-tenant.ts';

/** Sends people to the tenant that they looked at last. */
export default async function HomePage(): Promise<never> {
  const { tenants } = await requireViewer();
  const lastSlug = (await cookies()).get(LAST_TENANT_COOKIE)?.value;
  const membership = tenants.find(({ tenant }) => tenant.slug === lastSlug) ?? tenants[0];
  redirect(membership ? `/t/${membership.tenant.slug}` : '/new-tenant');
}
