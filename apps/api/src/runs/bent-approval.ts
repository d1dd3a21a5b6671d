import { type DebugCommand, type ForkPoint, parseVariable, type Plan, type RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';

const isApproval = (plan: Plan, stepId: string): boolean =>
  plan.steps[plan.stepIndexes.get(stepId) ?? -1]?.kind === 'approval';

const decidedByPeople = (stepId: string): PlatformError =>
  new PlatformError({
    code: 'IA_RUN_COMMAND',
    message: `Step '${stepId}' is decided by people: neither what it asks nor what comes of it can be set.`,
    hint: 'Answer with `decideApproval`, or change the pipeline.',
  });

/**
 * A debugger takes nobody's decision.
 * @throws PlatformError IA_RUN_COMMAND when the step is an approval
 */
export const refuseBentApproval = (plan: Plan, stepId: string): void => {
  if (isApproval(plan, stepId)) throw decidedByPeople(stepId);
};

const refuseBentPath = (plan: Plan, path: string): void => {
  const variable = parseVariable(path);
  if (variable?.root === 'steps') refuseBentApproval(plan, variable.stepId);
};

/** An approval that somebody gave for a run as it was. */
const approvedStep = (events: readonly RunEvent[]): string | undefined =>
  events.find(
    ({ type, data }) => type === 'approval_decided' && data.decision === 'approve' && data.refusal === undefined,
  )?.stepId;

const approvedAsItWas = (stepId: string, code: 'IA_RUN_COMMAND' | 'IA_RUN_FORK'): PlatformError =>
  new PlatformError({
    code,
    message: `People have approved '${stepId}' for the run as it was: behind it nothing is changed.`,
    hint: 'Fork from the approval or from a step before it, so that people are asked about the change.',
  });

/**
 * @param before what the fork repeats
 * @throws PlatformError IA_RUN_COMMAND for another outcome of an approval; IA_RUN_FORK for changes behind one that was given
 */
export const refuseBentApprovals = (plan: Plan, point: ForkPoint, before: readonly RunEvent[]): void => {
  const { stepId, input, variables = {}, debug = {} } = point;
  if (input !== undefined) refuseBentApproval(plan, stepId);
  for (const path of Object.keys(variables)) refuseBentPath(plan, path);
  const changes = [
    input,
    ...Object.values(variables),
    ...Object.values(debug.mocks ?? {}),
    ...Object.values(debug.inputs ?? {}),
  ];
  const approved = changes.some((change) => change !== undefined) ? approvedStep(before) : undefined;
  if (approved !== undefined) throw approvedAsItWas(approved, 'IA_RUN_FORK');
};

/** @throws PlatformError IA_RUN_COMMAND for another outcome of an approval, or changes behind one that was given */
export const refuseBentDecision = (plan: Plan, events: readonly RunEvent[], command: DebugCommand): void => {
  if (command.kind !== 'mock' && command.kind !== 'set_variable') return;
  if (command.kind === 'set_variable') refuseBentPath(plan, command.path);
  else if (command.result === null) return;
  else refuseBentApproval(plan, command.stepId);
  const approved = approvedStep(events);
  if (approved !== undefined) throw approvedAsItWas(approved, 'IA_RUN_COMMAND');
};
