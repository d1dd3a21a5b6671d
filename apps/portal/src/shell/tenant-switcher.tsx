'use client';

import { Check, ChevronsUpDown, Plus } from 'lucide-react';
import Link from 'next/link';
import type { Membership } from '#src/auth/viewer.ts';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '#src/ui/menu.tsx';
import { useTenant } from './tenant-context.tsx';

export function TenantSwitcher({ memberships }: Readonly<{ memberships: readonly Membership[] }>) {
  const current = useTenant();
  const trigger = (
    <button
      type="button"
      aria-label={`Tenant ${current.name}, switch`}
      className="m-3 mb-1 flex items-center gap-2.5 rounded-lg p-1.5 text-left hover:bg-hover data-[state=open]:bg-hover"
    >
      <TenantMark name={current.name} />
      <span className="min-w-0 flex-1 truncate font-semibold">{current.name}</span>
      <ChevronsUpDown className="size-3.5 text-faint" aria-hidden />
    </button>
  );
  return (
    <Menu trigger={trigger} className="w-56">
      <MenuLabel>Tenants</MenuLabel>
      {memberships.map(({ tenant, role }) => (
        <MenuItem key={tenant.id} asChild>
          <Link href={`/t/${tenant.slug}`}>
            <TenantMark name={tenant.name} />
            <span className="min-w-0 flex-1 truncate">{tenant.name}</span>
            <span className="text-xs text-muted">{role}</span>
            {tenant.slug === current.slug && <Check className="size-3.5" aria-label="current" />}
          </Link>
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem asChild>
        <Link href="/new-tenant">
          <Plus className="size-4 text-muted" aria-hidden />
          New tenant
        </Link>
      </MenuItem>
    </Menu>
  );
}

function TenantMark({ name }: Readonly<{ name: string }>) {
  return (
    <span
      aria-hidden
      className="grid size-6 shrink-0 place-items-center rounded-md bg-accent text-xs font-semibold text-on-accent uppercase"
    >
      {name.slice(0, 1)}
    </span>
  );
}
