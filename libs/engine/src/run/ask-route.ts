import { armsKey, contextOf } from './adaptive-router.ts';
import type { Turn } from './decision.ts';
import { taskKey } from './keys.ts';
import type { PluginCondition } from '../expression/condition.ts';
import { renderAt, secretsAt } from './render.ts';
import { ROUTER_PART } from './router-part.ts';
import type { Answers } from './routing.ts';
import type { Activity, Routing } from './state.ts';
import type { StepOutcome } from './scope.ts';

type Question = { readonly part: string; readonly transition: number; readonly condition: PluginCondition };

/** Asks the next thing that the route depends on; with everything answered, gives the answers of the plugin conditions. */
export const askForRoute = (turn: Turn, activity: Activity, routing: Routing): Answers | undefined => {
  const isSuccess = routing.output !== undefined;
  const questions = questionsOf(turn, activity, isSuccess);
  const next = questions[routing.answers.length];
  if (next !== undefined) {
    askCondition(turn, activity, { question: next, routing });
    return undefined;
  }
  if (isSuccess && !isConsulted(turn, activity, routing)) return undefined;
  const answers = new Map<number, boolean[]>();
  for (const [index, { transition }] of questions.entries()) {
    answers.set(transition, [...(answers.get(transition) ?? []), routing.answers[index] === true]);
  }
  return answers;
};

/** Numbered over all of a step's transitions; asked on the side where it ended, and on success too when it goes on failed. */
const questionsOf = (turn: Turn, activity: Activity, isSuccess: boolean): Question[] => {
  const onSuccess: Question[] = [];
  const onError: Question[] = [];
  let count = 0;
  for (const index of turn.plan.outgoing[activity.step] ?? []) {
    const transition = turn.plan.transitions[index];
    for (const condition of transition?.condition?.plugins ?? []) {
      (transition?.isOnError ? onError : onSuccess).push({ part: `condition/${count}`, transition: index, condition });
      count += 1;
    }
  }
  if (isSuccess) return onSuccess;
  return turn.step(activity).continuesOnError ? [...onError, ...onSuccess] : onError;
};

/** A question that is never answered would keep the step from ending. */
const CONDITION_TIMEOUT_MS = 30_000;

type Asking = { readonly question: Question; readonly routing: Routing };

const askCondition = (turn: Turn, activity: Activity, { question, routing }: Asking): void => {
  const { part, condition } = question;
  const { output, error } = routing;
  const step = turn.step(activity);
  const status = output === undefined ? 'failed' : 'succeeded';
  const input = {
    config: renderAt(turn, condition.config, activity),
    parameters: turn.state.parameters,
    step: {
      id: step.id,
      status,
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error }),
    },
  };
  const { attempt } = activity;
  const { uses, config } = condition;
  const secrets = secretsAt(turn, config, activity).map((slot) => ({ ...slot, path: ['config', ...slot.path] }));
  const timeoutMs = step.timeoutMs ?? CONDITION_TIMEOUT_MS;
  turn.dispatch(activity, { kind: 'condition', uses, input, attempt, part, secrets, timeoutMs });
};

/** Whether an adaptive router knows what it has learnt so far; else it is asked for. */
const isConsulted = (turn: Turn, activity: Activity, { output, error }: Routing): boolean => {
  const { router } = turn.step(activity);
  if (router.kind !== 'adaptive') return true;
  const outcome: StepOutcome = { index: activity.step, status: 'succeeded', output, error };
  const context = contextOf(turn, { place: activity, outcome }, router);
  if (turn.state.arms.has(armsKey(activity, context))) return true;
  const { attempt } = activity;
  turn.recordAt(activity, 'task_scheduled', {
    attempt,
    part: ROUTER_PART,
    data: { uses: 'core.router', input: { context } },
  });
  const key = taskKey(activity.key, attempt, ROUTER_PART);
  turn.effects.push({ kind: 'consult', query: { key, stepId: turn.step(activity).id, context } });
  return false;
};
