import type { Metadata } from 'next';
import { TenantOverview } from '#src/shell/tenant-overview.tsx';

export const metadata: Metadata = { title: 'Overview' };

export default function TenantPage() {
  return <TenantOverview />;
}
