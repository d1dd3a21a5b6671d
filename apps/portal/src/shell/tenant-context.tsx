'use client';

import { createContext, type ReactNode, use, useEffect } from 'react';
import { rememberTenant } from './last-tenant.ts';

/** The tenant whose pages are shown, with what the viewer may do in it. */
export type CurrentTenant = Readonly<{
  id: string;
  slug: string;
  name: string;
  viewerPermissions: readonly string[];
}>;

const TenantContext = createContext<CurrentTenant | null>(null);

export function TenantProvider({ tenant, children }: Readonly<{ tenant: CurrentTenant; children: ReactNode }>) {
  useEffect(() => rememberTenant(tenant.slug), [tenant.slug]);
  return <TenantContext value={tenant}>{children}</TenantContext>;
}

export function useTenant(): CurrentTenant {
  const tenant = use(TenantContext);
  if (tenant === null) throw new Error('useTenant needs a TenantProvider above it.');
  return tenant;
}
