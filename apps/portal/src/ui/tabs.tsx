'use client';

import { Tabs as RadixTabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

type Tab = Readonly<{ id: string; label: string; count?: number; content: ReactNode }>;
type TabsProps = Readonly<{ tabs: readonly Tab[]; label: string; className?: string; actions?: ReactNode }>;

export function Tabs({ tabs, label, className, actions }: TabsProps) {
  return (
    <RadixTabs.Root defaultValue={tabs[0]?.id ?? ''} className={classNames('flex min-h-0 flex-col', className)}>
      <div className="flex items-center border-b border-line">
        <RadixTabs.List aria-label={label} className="flex min-w-0 flex-1 gap-4 overflow-x-auto px-4">
          {tabs.map((tab) => (
            <RadixTabs.Trigger
              key={tab.id}
              value={tab.id}
              className="-mb-px flex h-10 items-center gap-1.5 border-b-2 border-transparent text-ui font-medium whitespace-nowrap text-muted hover:text-text focus-visible:-outline-offset-2 data-[state=active]:border-accent data-[state=active]:text-text"
            >
              {tab.label}
              {tab.count !== undefined && <span className="text-xs text-faint tabular-nums">{tab.count}</span>}
            </RadixTabs.Trigger>
          ))}
        </RadixTabs.List>
        {actions}
      </div>
      {tabs.map((tab) => (
        <RadixTabs.Content key={tab.id} value={tab.id} className="min-h-0 flex-1 overflow-auto">
          {tab.content}
        </RadixTabs.Content>
      ))}
    </RadixTabs.Root>
  );
}
