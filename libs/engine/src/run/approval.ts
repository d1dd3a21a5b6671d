import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { approvalProblem } from './approval-input.ts';
import { badInput, timeFrom } from './core-work.ts';
import type { Turn } from './decision.ts';
import type { ApprovalDecision, RecordedError, TimerPurpose } from './events.ts';
import { timerKey, type Place } from './keys.ts';
import { toRecordedError } from './recorded-error.ts';
import type { Activity, Vote } from './state.ts';
import { failAttempt } from './step-end.ts';
import { textsIn } from './texts-in.ts';
import { compileJsonSchema } from '../validation/json-schema-validator.ts';

/** Asks people: the step waits until enough of them have decided, or its deadline has passed. */
export const requestApproval = (turn: Turn, place: Place, input: JsonObject): void => {
  const problem = approvalProblem(input);
  if (problem !== undefined) {
    failAttempt(turn, place, { attempt: 1, error: badInput(turn, place, problem) });
    return;
  }
  const deadline = input['deadline'];
  const deadlineAt = deadline === undefined ? undefined : timeFrom(turn, deadline);
  const escalations = Array.isArray(input['escalation']) ? (input['escalation'] as readonly JsonObject[]) : [];
  const times = escalations.map((level) => timeFrom(turn, level['after'], { allowsTimes: false }));
  if ((deadline !== undefined && deadlineAt === undefined) || times.includes(undefined)) {
    failAttempt(turn, place, { attempt: 1, error: badInput(turn, place, 'durations for its deadline and escalation') });
    return;
  }
  turn.recordAt(place, 'approval_requested', { data: input });
  if (deadlineAt !== undefined) setTimer(turn, place, { purpose: 'deadline', fireAt: deadlineAt });
  for (const [index, fireAt] of times.entries()) {
    setTimer(turn, place, { purpose: 'escalation', fireAt: fireAt ?? 0, part: String(index) });
  }
};

type ApprovalTimer = { readonly purpose: TimerPurpose; readonly fireAt: number; readonly part?: string };

const setTimer = (turn: Turn, place: Place, { purpose, fireAt, part }: ApprovalTimer): void => {
  turn.recordAt(place, 'timer_set', { attempt: 1, part, data: { fireAt, purpose } });
  turn.effects.push({ kind: 'timer', key: timerKey(turn.keyOf(place), { attempt: 1, purpose, part }), fireAt });
};

/** Why a vote does not count. */
export type VoteRefusal = 'not_assignee' | 'voted_already' | 'self_approval' | 'form_invalid';

/** The people and rules of an approval that is open, apart from the run: a caller can ask beforehand whether a vote would count. */
export type OpenApproval = {
  readonly request: JsonObject;
  readonly assignees: readonly string[];
  readonly votes: readonly Vote[];
  /** Who started the run. */
  readonly startedBy: string | null;
};

/** Says why a vote would not count; undefined when it would. */
export const refusalOf = (approval: OpenApproval, vote: ApprovalDecision): VoteRefusal | undefined => {
  const { request, assignees, votes, startedBy } = approval;
  if (request['no_self_approval'] === true && startedBy !== null && names(startedBy, vote)) return 'self_approval';
  if (assignees.length > 0 && !assignees.some((assignee) => isMeant(assignee, vote))) return 'not_assignee';
  if (votes.some(({ by }) => by === vote.by)) return 'voted_already';
  return vote.decision === 'approve' && !fitsForm(request['form'], vote.values ?? {}) ? 'form_invalid' : undefined;
};

const isMeant = (assignee: string, vote: ApprovalDecision): boolean =>
  assignee.startsWith('role:')
    ? vote.roles.includes(assignee.slice(5))
    : names(assignee, vote) || (assignee.startsWith('user:') && names(assignee.slice(5), vote));

/** Whether a text is a person's id or e-mail address; the case of an address does not matter. */
const names = (text: string, { by, email }: ApprovalDecision): boolean =>
  text === by || (email !== undefined && text.toLowerCase() === email.toLowerCase());

const fitsForm = (form: unknown, values: JsonObject): boolean => {
  if (typeof form !== 'object' || form === null || Array.isArray(form)) return true;
  try {
    return compileJsonSchema(form as JsonObject).apply(structuredClone(values)).length === 0;
  } catch {
    return false;
  }
};

/** How an approval has come out: its output, or the error that its step fails with. */
export type ApprovalOutcome = { readonly output: JsonObject } | { readonly error: RecordedError };

/** The outcome once enough have decided; undefined while votes are missing. */
export const outcomeOf = (turn: Turn, activity: Activity): ApprovalOutcome | undefined => {
  const votes = activity.votes ?? [];
  const rejection = votes.find(({ decision }) => decision === 'reject');
  if (rejection !== undefined) return rejected(turn, activity, `${rejection.by} rejected it`);
  const quorum = requestOf(activity)['quorum'];
  return votes.length >= (typeof quorum === 'number' ? quorum : 1) ? approved(activity) : undefined;
};

/** What the deadline makes of an approval that is still open. */
export const outcomeAtDeadline = (turn: Turn, activity: Activity): ApprovalOutcome => {
  const onDeadline = requestOf(activity)['on_deadline'];
  if (onDeadline === 'approve') return approved(activity);
  if (onDeadline === 'reject') return rejected(turn, activity, 'its deadline has passed');
  const message = `The approval '${turn.step(activity).id}' was not decided before its deadline.`;
  return { error: toRecordedError(new PlatformError({ code: 'IA_APPROVAL_DEADLINE', message })) };
};

export const requestOf = ({ wait }: Activity): JsonObject => (wait?.kind === 'approval' ? wait.request : {});

const approved = (activity: Activity): ApprovalOutcome => ({ output: toOutput(activity, true) });

const rejected = (turn: Turn, activity: Activity, reason: string): ApprovalOutcome => {
  if (requestOf(activity)['on_reject'] === 'continue') return { output: toOutput(activity, false) };
  const message = `The approval '${turn.step(activity).id}' was rejected: ${reason}.`;
  return { error: toRecordedError(new PlatformError({ code: 'IA_APPROVAL_REJECTED', message })) };
};

const toOutput = ({ votes }: Activity, isApproved: boolean): JsonObject => ({
  approved: isApproved,
  decisions: (votes ?? []).map(({ decision, by, at, values, comment }) => ({
    decision,
    by,
    at: new Date(at).toISOString(),
    ...(values === undefined ? {} : { values }),
    ...(comment === undefined ? {} : { comment }),
  })),
  values: Object.fromEntries((votes ?? []).flatMap(({ values }) => Object.entries(values ?? {}))),
});

/** Whom the n-th escalation adds. */
export const escalationOf = (activity: Activity, index: number): string[] => {
  const levels = requestOf(activity)['escalation'];
  const level: unknown = Array.isArray(levels) ? levels[index] : undefined;
  return typeof level === 'object' && level !== null && 'to' in level ? textsIn(level.to) : [];
};
