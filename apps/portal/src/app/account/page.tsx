import type { Metadata } from 'next';
import { AccountSettings } from '#src/auth/account-settings.tsx';
import { AuthFrame } from '#src/auth/auth-frame.tsx';
import { requireViewer } from '#src/auth/viewer.ts';

export const metadata: Metadata = { title: 'Your account' };

export default async function AccountPage() {
  const { user } = await requireViewer();
  return (
    <AuthFrame>
      <AccountSettings email={user.email} />
    </AuthFrame>
  );
}
