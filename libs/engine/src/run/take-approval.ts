import type { RunCommand } from '../ports/durable-context.ts';
import { finishWork } from './activity.ts';
import { outcomeOf, refusalOf, requestOf, type ApprovalOutcome } from './approval.ts';
import type { Turn } from './decision.ts';
import type { Activity } from './state.ts';
import { failAttempt } from './step-end.ts';

type Vote = Extract<RunCommand, { kind: 'approval_decided' }>;

/** Takes a person's vote. One for an approval that is not open leaves no trace; one that does not count is noted with the reason. */
export const takeApproval = (turn: Turn, { kind: _kind, key, ...vote }: Vote): void => {
  const activity = findApproval(turn, key);
  if (activity === undefined) return;
  const { by } = turn.state.trigger;
  const refusal = refusalOf(
    {
      request: requestOf(activity),
      assignees: activity.assignees,
      votes: activity.votes ?? [],
      startedBy: typeof by === 'string' ? by : null,
    },
    vote,
  );
  turn.recordAt(activity, 'approval_decided', { data: { ...vote, ...(refusal === undefined ? {} : { refusal }) } });
  const outcome = refusal === undefined ? outcomeOf(turn, activity) : undefined;
  if (outcome !== undefined) concludeApproval(turn, activity, outcome);
};

/** By its key, or by the step's id when only one approval of the step is open. */
const findApproval = ({ plan, state }: Turn, key: string): Activity | undefined => {
  if (state.waits.approval === 0) return undefined;
  const exact = state.activities.get(key);
  if (exact !== undefined) return exact.wait?.kind === 'approval' ? exact : undefined;
  const step = plan.stepIndexes.get(key);
  const open = [...state.activities.values()].filter((item) => item.step === step && item.wait?.kind === 'approval');
  return open.length === 1 ? open[0] : undefined;
};

export const concludeApproval = (turn: Turn, activity: Activity, outcome: ApprovalOutcome): void => {
  if ('output' in outcome) finishWork(turn, activity, outcome.output);
  else failAttempt(turn, activity, { attempt: activity.attempt, error: outcome.error });
};
