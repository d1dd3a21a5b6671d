import type { Metadata } from 'next';
import { AuthFrame } from '#src/auth/auth-frame.tsx';
import { requireViewer } from '#src/auth/viewer.ts';
import { NewTenantForm } from '#src/settings/new-tenant-form.tsx';

export const metadata: Metadata = { title: 'New tenant' };

export default async function NewTenantPage() {
  const { tenants } = await requireViewer();
  return (
    <AuthFrame>
      <NewTenantForm isFirst={tenants.length === 0} />
    </AuthFrame>
  );
}
