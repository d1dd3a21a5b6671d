'use client';

import { Activity, KeyRound, LayoutDashboard, type LucideIcon, Puzzle, Users, Workflow } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { classNames } from '#src/ui/class-names.ts';
import { useTenant } from './tenant-context.tsx';

type NavItem = Readonly<{ path: string; label: string; icon: LucideIcon }>;

const WORK: readonly NavItem[] = [
  { path: '', label: 'Overview', icon: LayoutDashboard },
  { path: '/pipelines', label: 'Pipelines', icon: Workflow },
  { path: '/runs', label: 'Runs', icon: Activity },
  { path: '/plugins', label: 'Plugins', icon: Puzzle },
];

const SETTINGS: readonly NavItem[] = [
  { path: '/settings/members', label: 'Members', icon: Users },
  { path: '/settings/tokens', label: 'API tokens', icon: KeyRound },
];

export function NavLinks() {
  return (
    <nav aria-label="Main" className="flex-1 overflow-y-auto px-3 py-2">
      <NavGroup items={WORK} />
      <p className="mt-5 mb-1 px-2 text-xs text-faint">Settings</p>
      <NavGroup items={SETTINGS} />
    </nav>
  );
}

function NavGroup({ items }: Readonly<{ items: readonly NavItem[] }>) {
  const { slug } = useTenant();
  const pathname = usePathname();
  return (
    <ul className="grid gap-0.5">
      {items.map(({ path, label, icon: Icon }) => {
        const href = `/t/${slug}${path}`;
        const isCurrent = path === '' ? pathname === href : pathname.startsWith(href);
        return (
          <li key={path}>
            <Link
              href={href}
              aria-current={isCurrent ? 'page' : undefined}
              className={classNames(
                'flex h-8 items-center gap-2.5 rounded-md px-2 text-ui font-medium text-muted transition-colors hover:bg-hover hover:text-text max-lg:h-10',
                isCurrent && 'bg-hover text-text',
              )}
            >
              <Icon className="size-4" aria-hidden />
              {label}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
