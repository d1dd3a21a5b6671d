'use client';

import { X } from 'lucide-react';
import { Dialog as RadixDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';

type DialogProps = Readonly<{
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  description?: string;
  className?: string;
  children: ReactNode;
}>;

/** A modal panel; its children scroll when they are taller than the screen. */
export function Dialog({ isOpen, onOpenChange, title, description, className, children }: DialogProps) {
  return (
    <RadixDialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 animate-[overlay-in_120ms_ease-out] bg-black/45" />
        <RadixDialog.Content
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          className={classNames(
            'fixed top-1/2 left-1/2 z-50 flex max-h-[88dvh] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 animate-[overlay-in_140ms_ease-out] flex-col rounded-xl border border-line bg-raised shadow-overlay',
            className,
          )}
        >
          <header className="flex items-start gap-4 border-b border-line px-5 py-4">
            <div className="min-w-0 flex-1">
              <RadixDialog.Title className="text-sm font-semibold">{title}</RadixDialog.Title>
              {description !== undefined && (
                <RadixDialog.Description className="mt-0.5 text-ui text-muted">{description}</RadixDialog.Description>
              )}
            </div>
            <RadixDialog.Close asChild>
              <IconButton label="Close" className="-mt-1 -mr-2">
                <X className="size-4" aria-hidden />
              </IconButton>
            </RadixDialog.Close>
          </header>
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

export function DialogBody({ children }: Readonly<{ children: ReactNode }>) {
  return <div className="grid min-h-0 gap-4 overflow-y-auto px-5 py-4">{children}</div>;
}

export function DialogFooter({ children }: Readonly<{ children: ReactNode }>) {
  return <footer className="flex items-center justify-end gap-2 border-t border-line px-5 py-3">{children}</footer>;
}
