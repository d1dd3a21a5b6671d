import { activityKey, type JsonObject, type RecordedError, type RunEvent } from '@ia-modules/engine';

export type ApprovalStatus = 'open' | 'approved' | 'rejected' | 'expired' | 'canceled';

/** What people are asked, as its row says it. Times are epoch milliseconds. */
export type ApprovalRow = {
  readonly key: string;
  readonly stepId: string;
  readonly status: ApprovalStatus;
  readonly request: JsonObject;
  readonly assignees: readonly string[];
  readonly requestedAt: number;
  readonly deadlineAt: number | null;
  readonly decidedAt: number | null;
};

/** Follows a run's log and tells which rows of approvals change. */
export type ApprovalRows = {
  /** Undefined when the event changes no row. */
  apply(event: RunEvent): ApprovalRow | undefined;
  readonly open: readonly ApprovalRow[];
};

const ENDS: ReadonlySet<RunEvent['type']> = new Set([
  'step_succeeded',
  'step_failed',
  'step_canceled',
  'item_succeeded',
  'item_failed',
  'item_canceled',
  'task_scheduled',
  'task_failed',
  'task_retry_scheduled',
  'routing_started',
]);

export const createApprovalRows = (initial: readonly ApprovalRow[] = []): ApprovalRows => {
  const open = new Map(initial.map((row) => [row.key, row]));
  /** Those that were said no to: where that fails no step, its end does not say so. */
  const rejected = new Set<string>();

  const keep = (row: ApprovalRow): ApprovalRow => {
    open.set(row.key, row);
    return row;
  };

  const change = (event: RunEvent, row: ApprovalRow): ApprovalRow | undefined => {
    if (event.type === 'approval_escalated') {
      return keep({ ...row, assignees: [...row.assignees, ...event.data.assignees] });
    }
    if (event.type === 'timer_set' && event.data.purpose === 'deadline') {
      return keep({ ...row, deadlineAt: event.data.fireAt });
    }
    if (isRejection(event, row)) rejected.add(row.key);
    if (!ENDS.has(event.type)) return undefined;
    open.delete(row.key);
    return { ...row, status: outcomeOf(event, rejected.delete(row.key)), decidedAt: event.at };
  };

  return {
    get open() {
      return [...open.values()];
    },
    apply: (event) => {
      const { stepId } = event;
      if (stepId === undefined) return undefined;
      if (event.type !== 'approval_requested' && open.size === 0) return undefined;
      const key = activityKey(stepId, event.iteration, event.index);
      if (event.type === 'approval_requested') return keep(toOpenRow(key, stepId, event));
      const row = open.get(key);
      return row === undefined ? undefined : change(event, row);
    },
  };
};

const toOpenRow = (
  key: string,
  stepId: string,
  { data, at }: Extract<RunEvent, { type: 'approval_requested' }>,
): ApprovalRow => ({
  key,
  stepId,
  status: 'open',
  request: data,
  assignees: textsOf(data['assignees']),
  requestedAt: at,
  deadlineAt: null,
  decidedAt: null,
});

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

const isRejection = (event: RunEvent, { request }: ApprovalRow): boolean => {
  if (event.type === 'approval_decided') return event.data.decision === 'reject' && event.data.refusal === undefined;
  return event.type === 'timer_fired' && event.data.purpose === 'deadline' && request['on_deadline'] === 'reject';
};

const OUTCOMES: Readonly<Record<string, ApprovalStatus>> = {
  IA_APPROVAL_REJECTED: 'rejected',
  IA_APPROVAL_DEADLINE: 'expired',
};

const outcomeOf = ({ type, data }: RunEvent, isRejected: boolean): ApprovalStatus => {
  if (type === 'step_canceled' || type === 'item_canceled') return 'canceled';
  const { error } = data as { readonly error?: RecordedError };
  if (error === undefined) return isRejected ? 'rejected' : 'approved';
  return OUTCOMES[error.code] ?? 'canceled';
};
