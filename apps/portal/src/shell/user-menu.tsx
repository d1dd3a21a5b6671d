'use client';

import { useApolloClient } from '@apollo/client/react';
import { LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTheme } from 'next-themes';
import { useAuthClient } from '#src/auth/auth-client.ts';
import type { SignedInViewer } from '#src/auth/viewer.ts';
import { Menu, MenuChoice, MenuChoices, MenuItem, MenuLabel, MenuSeparator } from '#src/ui/menu.tsx';

const THEMES = [
  { id: 'system', label: 'System', icon: Monitor },
  { id: 'light', label: 'Light', icon: Sun },
  { id: 'dark', label: 'Dark', icon: Moon },
] as const;

export function UserMenu({ user }: Readonly<{ user: SignedInViewer['user'] }>) {
  const { theme, setTheme } = useTheme();
  const signOut = useSignOut();
  const router = useRouter();
  const trigger = (
    <button
      type="button"
      aria-label="Account and theme"
      className="m-3 mt-1 flex items-center gap-2.5 rounded-lg p-1.5 text-left hover:bg-hover data-[state=open]:bg-hover"
    >
      <span
        aria-hidden
        className="grid size-6 shrink-0 place-items-center rounded-full border border-line bg-raised text-xs font-medium text-muted uppercase"
      >
        {user.name.slice(0, 1)}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{user.name}</span>
        <span className="block truncate text-xs text-muted">{user.email}</span>
      </span>
    </button>
  );
  return (
    <Menu trigger={trigger} className="w-56">
      <MenuLabel>Theme</MenuLabel>
      <MenuChoices value={theme ?? 'system'} onValueChange={setTheme}>
        {THEMES.map(({ id, label, icon: Icon }) => (
          <MenuChoice
            key={id}
            value={id}
            className="data-[state=checked]:bg-accent-soft data-[state=checked]:text-accent-text"
          >
            <Icon className="size-4" aria-hidden />
            {label}
          </MenuChoice>
        ))}
      </MenuChoices>
      <MenuSeparator />
      <MenuItem onSelect={() => router.push('/account')}>
        <UserRound className="size-4 text-muted" aria-hidden />
        Account
      </MenuItem>
      <MenuItem onSelect={() => void signOut()}>
        <LogOut className="size-4 text-muted" aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  );
}

function useSignOut(): () => Promise<void> {
  const auth = useAuthClient();
  const apollo = useApolloClient();
  const router = useRouter();
  return async () => {
    await auth.signOut();
    await apollo.clearStore();
    router.push('/sign-in');
    router.refresh();
  };
}
