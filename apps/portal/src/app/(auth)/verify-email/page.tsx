import type { Metadata } from 'next';
import { VerifyEmailForm } from '#src/auth/verify-email-form.tsx';

export const metadata: Metadata = { title: 'Confirm your address', referrer: 'no-referrer' };

export default function VerifyEmailPage() {
  return <VerifyEmailForm />;
}
