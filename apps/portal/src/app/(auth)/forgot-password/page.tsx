import type { Metadata } from 'next';
import { ForgotPasswordForm } from '#src/auth/forgot-password-form.tsx';

export const metadata: Metadata = { title: 'Forgot your password', referrer: 'no-referrer' };

export default function ForgotPasswordPage() {
  return <ForgotPasswordForm />;
}
