'use client';

import { Menu as MenuIcon, X } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { Dialog } from 'radix-ui';
import { type ReactNode, useEffect, useState } from 'react';
import type { Membership, SignedInViewer } from '#src/auth/viewer.ts';
import { IconButton } from '#src/ui/button.tsx';
import { NavLinks } from './nav-links.tsx';
import { useTenant } from './tenant-context.tsx';
import { TenantSwitcher } from './tenant-switcher.tsx';
import { UserMenu } from './user-menu.tsx';

type AppShellProps = Readonly<{
  user: SignedInViewer['user'];
  memberships: readonly Membership[];
  children: ReactNode;
}>;

/** The frame of every tenant page: a sidebar on wide screens, a top bar with a drawer on phones. */
export function AppShell({ user, memberships, children }: AppShellProps) {
  const sidebar = (
    <>
      <TenantSwitcher memberships={memberships} />
      <NavLinks />
      <UserMenu user={user} />
    </>
  );
  return (
    <div className="flex min-h-dvh max-lg:flex-col">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <aside className="sticky top-0 flex h-dvh w-60 shrink-0 flex-col border-r border-line bg-sunken max-lg:hidden">
        {sidebar}
      </aside>
      <MobileBar>{sidebar}</MobileBar>
      <main id="main" className="min-w-0 flex-1">
        {children}
      </main>
    </div>
  );
}

function MobileBar({ children }: Readonly<{ children: ReactNode }>) {
  const { name } = useTenant();
  const [isOpen, setIsOpen] = useState(false);
  const pathname = usePathname();
  useEffect(() => setIsOpen(false), [pathname]);
  return (
    <div className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-sunken px-2 lg:hidden">
      <Dialog.Root open={isOpen} onOpenChange={setIsOpen}>
        <Dialog.Trigger asChild>
          <IconButton label="Open navigation" className="size-10">
            <MenuIcon className="size-5" aria-hidden />
          </IconButton>
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 animate-[overlay-in_120ms_ease-out] bg-black/45 lg:hidden" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex w-72 animate-[overlay-in_120ms_ease-out] flex-col border-r border-line bg-sunken shadow-overlay lg:hidden"
          >
            <Dialog.Title className="sr-only">Navigation</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label="Close navigation" className="absolute top-3 -right-11 bg-raised">
                <X className="size-4" aria-hidden />
              </IconButton>
            </Dialog.Close>
            {children}
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
      <span className="truncate font-medium">{name}</span>
    </div>
  );
}
