import { type JsonObject, openApprovals, type Plan, type RunState } from '@ia-modules/engine';
import type { ApprovalRow } from './approval-rows.ts';

/** The approvals that are open in a run's state. */
export const approvalsOf = (plan: Plan, state: RunState): ApprovalRow[] =>
  openApprovals(plan, state).map(({ key, stepId, request, assignees, since, until }) => ({
    key,
    stepId,
    status: 'open',
    request: request satisfies JsonObject,
    assignees,
    requestedAt: since,
    deadlineAt: until,
    decidedAt: null,
  }));
