import type { Metadata } from 'next';
import { ResetPasswordForm } from '#src/auth/reset-password-form.tsx';

export const metadata: Metadata = { title: 'New password', referrer: 'no-referrer' };

export default function ResetPasswordPage() {
  return <ResetPasswordForm />;
}
