import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';

type EmptyStateProps = Readonly<{ icon: ReactNode; title: string; children?: ReactNode; action?: ReactNode }>;

export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="grid justify-items-center gap-1 px-6 py-16 text-center">
      <div className="mb-3 grid size-10 place-items-center rounded-lg border border-line bg-sunken text-muted [&_svg]:size-5">
        {icon}
      </div>
      <p className="text-sm font-medium">{title}</p>
      {children !== undefined && <div className="max-w-sm text-ui text-muted">{children}</div>}
      {action !== undefined && <div className="mt-4">{action}</div>}
    </div>
  );
}

type ErrorNoticeProps = Readonly<{ title: string; message: string; hint?: string | null; onRetry?: () => void }>;

export function ErrorNotice({ title, message, hint, onRetry }: ErrorNoticeProps) {
  return (
    <div role="alert" className="flex items-start gap-3 rounded-lg border border-failed/30 bg-failed-soft px-4 py-3">
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-failed" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-text">{title}</p>
        <p className="mt-0.5 wrap-anywhere text-muted">{message}</p>
        {hint && <p className="mt-1 wrap-anywhere text-muted">{hint}</p>}
      </div>
      {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
