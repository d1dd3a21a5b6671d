import type { ReactNode } from 'react';
import { AuthFrame } from '#src/auth/auth-frame.tsx';

export default function AuthLayout({ children }: Readonly<{ children: ReactNode }>) {
  return <AuthFrame>{children}</AuthFrame>;
}
