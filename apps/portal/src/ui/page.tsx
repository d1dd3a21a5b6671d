import Link from 'next/link';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

type PageHeaderProps = Readonly<{
  title: ReactNode;
  parent?: Readonly<{ href: string; label: string }>;
  meta?: ReactNode;
  actions?: ReactNode;
}>;

export function PageHeader({ title, parent, meta, actions }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 pt-5 pb-4 sm:px-8 sm:pt-7">
      <div className="min-w-0 flex-1">
        {parent !== undefined && (
          <Link href={parent.href} className="mb-1 inline-block text-xs text-muted hover:text-text">
            {parent.label}
          </Link>
        )}
        <h1 className="truncate text-lg font-semibold tracking-tight">{title}</h1>
        {meta !== undefined && (
          <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-ui text-muted">{meta}</div>
        )}
      </div>
      {actions !== undefined && <div className="flex items-center gap-2">{actions}</div>}
    </header>
  );
}

type CardProps = Readonly<{ title?: string; actions?: ReactNode; className?: string; children: ReactNode }>;

export function Card({ title, actions, className, children }: CardProps) {
  return (
    <section
      {...(title === undefined ? {} : { 'aria-label': title })}
      className={classNames('overflow-hidden rounded-xl border border-line bg-surface shadow-card', className)}
    >
      {title !== undefined && (
        <header className="flex h-11 items-center justify-between gap-4 border-b border-line px-4">
          <h2 className="text-ui font-medium">{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

export function PageBody({ className, children }: Readonly<{ className?: string; children: ReactNode }>) {
  return <div className={classNames('grid grid-cols-1 gap-5 px-4 pb-10 sm:px-8', className)}>{children}</div>;
}
