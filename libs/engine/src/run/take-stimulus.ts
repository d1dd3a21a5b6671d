import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { RunCommand, Settled } from '../ports/durable-context.ts';
import { finishWork, attemptActivity, resumeActivities } from './activity.ts';
import { checkBudget, setRunTimer } from './budget.ts';
import type { Turn } from './decision.ts';
import type { DebugSetup, EventData } from './events.ts';
import { findSignalWaiter } from './evolve-activity.ts';
import { endRun } from './run-end.ts';
import { isHeld } from './state.ts';
import { isTerminal } from './status.ts';
import { takeApproval } from './take-approval.ts';
import { takeEffectDecision } from './take-effect.ts';
import { takeTask } from './take-task.ts';
import { takeTimer } from './take-timer.ts';
import { continueRouting } from './step-end.ts';
import { activityOf } from './keys.ts';
import { ROUTER_PART } from './router-part.ts';

/** What a run begins with: all that its first event records. */
export type RunStart = {
  readonly parameters: JsonObject;
  readonly trigger: JsonObject;
  readonly pipeline: JsonObject;
  readonly debug?: DebugSetup | undefined;
  readonly fork?: EventData['run_started']['fork'] | undefined;
  readonly depth?: number | undefined;
};

/** What the interpreter is told: that the run begins, or that something outstanding settled. */
export type Stimulus = ({ readonly kind: 'started' } & RunStart) | Settled;

/** Records what happened first, then does what follows from it at once. */
export const takeStimulus = (turn: Turn, stimulus: Stimulus): void => {
  switch (stimulus.kind) {
    case 'started':
      start(turn, stimulus);
      break;
    case 'task_started':
    case 'task_succeeded':
    case 'task_failed':
    case 'task_unknown':
      takeTask(turn, stimulus);
      break;
    case 'timer_fired':
      takeTimer(turn, stimulus.key);
      break;
    case 'slot_delayed':
    case 'slot_acquired':
      takeSlot(turn, stimulus);
      break;
    case 'router_consulted':
      takeConsultation(turn, stimulus);
      break;
    default:
      takeCommand(turn, stimulus);
  }
};

const start = (turn: Turn, { parameters, trigger, pipeline, debug, fork, depth }: RunStart): void => {
  turn.record({
    type: 'run_started',
    data: {
      parameters,
      trigger,
      pipeline,
      ...(debug === undefined ? {} : { debug }),
      ...(fork === undefined ? {} : { fork }),
      ...(depth === undefined || depth === 0 ? {} : { depth }),
    },
  });
  setRunTimer(turn);
};

type SlotSettled = Extract<Settled, { kind: 'slot_delayed' | 'slot_acquired' }>;

const takeSlot = (turn: Turn, { kind, key }: SlotSettled): void => {
  const activity = turn.state.activities.get(key);
  if (activity?.wait?.kind !== 'slot') return;
  turn.recordAt(activity, kind, { data: {} });
  if (kind === 'slot_delayed') return;
  checkBudget(turn);
  if (canStart(turn)) attemptActivity(turn, activity, activity.attempt);
};

const canStart = ({ state }: Turn): boolean => !isHeld(state) && state.ending === null && !isTerminal(state.status);

type Consultation = Extract<Settled, { kind: 'router_consulted' }>;

const takeConsultation = (turn: Turn, { key, context, arms }: Consultation): void => {
  const activity = turn.state.activities.get(activityOf(key));
  if (activity?.wait?.kind !== 'task' || activity.wait.key !== key) return;
  const { attempt } = activity;
  turn.recordAt(activity, 'router_consulted', { attempt, part: ROUTER_PART, data: { context, arms } });
  continueRouting(turn, activity);
};

/** What people and other systems want of the run. */
const takeCommand = (turn: Turn, command: RunCommand): void => {
  switch (command.kind) {
    case 'cancel_requested': {
      const { reason, by } = command;
      turn.record({ type: 'cancel_requested', data: { reason, by } });
      endRun(turn, { kind: 'canceled', reason });
      break;
    }
    case 'pause_requested':
      turn.record({ type: 'pause_requested', data: { by: command.by } });
      break;
    case 'resume_requested':
      turn.record({ type: 'resume_requested', data: { by: command.by } });
      resume(turn);
      break;
    case 'budget_raised': {
      const { kind: type, ...data } = command;
      turn.record({ type, data });
      if (command.maxDurationMs !== undefined) setRunTimer(turn);
      resume(turn);
      break;
    }
    case 'signal_received':
      takeSignal(turn, command);
      break;
    case 'approval_decided':
      takeApproval(turn, command);
      break;
    case 'effect_decided':
      takeEffectDecision(turn, command);
      break;
    default:
      turn.record({ type: 'debug_command', data: { command: command.command } });
      resume(turn);
  }
};

/** Goes on with what a pause held back, unless something else still holds it. */
const resume = (turn: Turn): void => {
  if (!canStart(turn)) return;
  checkBudget(turn);
  if (canStart(turn)) resumeActivities(turn);
};

type Signal = Extract<RunCommand, { kind: 'signal_received' }>;

/** A signal that was delivered before changes nothing; one that nothing waits for is kept. */
const takeSignal = (turn: Turn, { kind: type, ...data }: Signal): void => {
  const { state } = turn;
  if (data.delivery !== undefined && state.deliveries.has(data.delivery)) return;
  const waiter = state.ending === null ? findSignalWaiter(state, data.name) : undefined;
  turn.record({ type, data });
  if (waiter !== undefined) finishWork(turn, waiter, data.payload);
};
