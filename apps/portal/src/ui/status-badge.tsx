import { Ban, Circle, CircleCheck, CircleDashed, CircleX, Clock3, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { RunStatus } from '#src/gql/graphql.ts';
import { classNames } from './class-names.ts';

type StatusLook = Readonly<{ label: string; icon: LucideIcon; text: string; soft: string }>;

export const STATUS_LOOKS: Readonly<Record<RunStatus, StatusLook>> = {
  pending: { label: 'Pending', icon: Circle, text: 'text-idle', soft: 'bg-idle-soft' },
  running: { label: 'Running', icon: LoaderCircle, text: 'text-running', soft: 'bg-running-soft' },
  waiting: { label: 'Waiting', icon: Clock3, text: 'text-waiting', soft: 'bg-waiting-soft' },
  succeeded: { label: 'Succeeded', icon: CircleCheck, text: 'text-succeeded', soft: 'bg-succeeded-soft' },
  failed: { label: 'Failed', icon: CircleX, text: 'text-failed', soft: 'bg-failed-soft' },
  canceled: { label: 'Canceled', icon: Ban, text: 'text-idle', soft: 'bg-idle-soft' },
  skipped: { label: 'Skipped', icon: CircleDashed, text: 'text-idle', soft: 'bg-idle-soft' },
};

export function StatusIcon({ status, className }: Readonly<{ status: RunStatus; className?: string }>) {
  const { icon: Icon, text } = STATUS_LOOKS[status];
  const isMoving = status === 'running';
  return <Icon aria-hidden className={classNames('size-4 shrink-0', text, isMoving && 'animate-spin', className)} />;
}

type StatusBadgeProps = Readonly<{ status: RunStatus; detail?: string | null; testId?: string }>;

export function StatusBadge({ status, detail, testId }: StatusBadgeProps) {
  const { label, text, soft } = STATUS_LOOKS[status];
  return (
    <span
      data-status={status}
      {...(testId === undefined ? {} : { 'data-testid': testId })}
      className={classNames(
        'inline-flex h-6 items-center gap-1.5 rounded-full pr-2.5 pl-1.5 text-xs font-medium',
        text,
        soft,
      )}
    >
      <StatusIcon status={status} className="size-3.5" />
      {label}
      {detail && <span className="font-normal">· {detail}</span>}
    </span>
  );
}
