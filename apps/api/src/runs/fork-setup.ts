import {
  checkCommand,
  type DebugCommand,
  type DebugSetup,
  type ForkPoint,
  forkRun,
  type Plan,
  type RunEvent,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { refuseBentApproval, refuseBentApprovals } from './bent-approval.ts';
import type { RunHistory } from './run-history.ts';
import { type EffectAnswer, mocksOfAnswers, repeatedUnknowns } from './unknown-effects.ts';

/** Each is a copy of what it changes, made by the worker that all tenants share. */
const MAX_VARIABLES = 100;

export type ForkRequest = { readonly point: ForkPoint; readonly answers: readonly EffectAnswer[] };

const refuse = (plan: Plan, command: DebugCommand): void => {
  const problem = checkCommand(plan, undefined, { kind: 'debug_command', command });
  if (problem !== undefined) throw new PlatformError(problem);
};

/** @throws PlatformError IA_RUN_COMMAND for steps and transitions that the pipeline does not have, and for approvals */
export const checkDebugSetup = (plan: Plan, { breakpoints, mocks = {}, inputs = {} }: DebugSetup): void => {
  if (breakpoints !== undefined) refuse(plan, { kind: 'set_breakpoints', ...breakpoints });
  for (const stepId of [...Object.keys(mocks), ...Object.keys(inputs)]) {
    refuse(plan, { kind: 'mock', stepId, result: null });
    refuseBentApproval(plan, stepId);
  }
};

const checkVariables = (plan: Plan, variables: NonNullable<ForkPoint['variables']>): void => {
  const changes = Object.entries(variables);
  if (changes.length > MAX_VARIABLES) {
    const message = `A fork changes at most ${MAX_VARIABLES} \`variables\`.`;
    throw new PlatformError({ code: 'IA_API_INVALID', message, hint: 'Set a whole object at once.' });
  }
  for (const [path, value] of changes) refuse(plan, { kind: 'set_variable', path, value });
};

const eventsBefore = (events: readonly RunEvent[], seq: number): readonly RunEvent[] =>
  events.filter((event) => event.seq < seq);

const debugOf = ([first]: readonly RunEvent[]): DebugSetup =>
  first?.type === 'run_started' ? (first.data.debug ?? {}) : {};

/**
 * Checks that a run can be repeated up to a point and go another way from there, and completes the point with what becomes of
 * effects that nobody knows about.
 * @throws PlatformError IA_RUN_FORK, IA_RUN_COMMAND, IA_RUN_EFFECT_UNKNOWN or IA_API_INVALID
 */
export const prepareFork = ({ plan, events }: RunHistory, { point, answers }: ForkRequest): ForkPoint => {
  checkVariables(plan, point.variables ?? {});
  if (point.debug !== undefined) checkDebugSetup(plan, point.debug);
  const { seq } = forkRun({ log: events, ...point }).origin;
  refuseBentApprovals(plan, point, eventsBefore(events, seq));
  const mocks = mocksOfAnswers(repeatedUnknowns(events, seq), answers);
  if (Object.keys(mocks).length === 0) return point;
  const debug = point.debug ?? debugOf(events);
  return { ...point, debug: { ...debug, mocks: { ...debug.mocks, ...mocks } } };
};
