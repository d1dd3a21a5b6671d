import type { ReactNode } from 'react';
import { Logo } from '#src/ui/logo.tsx';

/** The quiet page around forms that come before a tenant is chosen. */
export function AuthFrame({ children }: Readonly<{ children: ReactNode }>) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-12">
      <div className="w-full max-w-90">
        <div className="mb-6 flex items-center justify-center gap-2.5">
          <Logo className="size-7" />
          <span className="text-base font-semibold tracking-tight">IA Modules</span>
        </div>
        <div className="rounded-xl border border-line bg-surface p-6 shadow-card">{children}</div>
      </div>
    </main>
  );
}
