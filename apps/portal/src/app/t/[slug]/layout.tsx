import { notFound } from 'next/navigation';
import type { ReactNode } from 'react';
import { requireViewer } from '#src/auth/viewer.ts';
import { AppShell } from '#src/shell/app-shell.tsx';
import { TenantProvider } from '#src/shell/tenant-context.tsx';

type TenantLayoutProps = Readonly<{ params: Promise<{ slug: string }>; children: ReactNode }>;

export default async function TenantLayout({ params, children }: TenantLayoutProps) {
  const [{ slug }, viewer] = await Promise.all([params, requireViewer()]);
  const membership = viewer.tenants.find(({ tenant }) => tenant.slug === slug);
  if (membership === undefined) notFound();
  return (
    <TenantProvider tenant={membership.tenant}>
      <AppShell user={viewer.user} memberships={viewer.tenants}>
        {children}
      </AppShell>
    </TenantProvider>
  );
}
