import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { DebugCommand, DebugSetup, EventDraft } from './events.ts';
import { activityKey } from './keys.ts';
import type { Plan } from './plan.ts';
import type { RunState } from './state.ts';
import { parseVariable, replaceAt } from './variable.ts';

/** Notes what a run is watched and bent by from its beginning, or from a fork on. */
export const setUpDebugging = (plan: Plan, state: RunState, setup: DebugSetup): void => {
  if (setup.breakpoints) setBreakpoints(plan, state, setup.breakpoints);
  for (const [stepId, result] of Object.entries(setup.mocks ?? {})) {
    state.mocks.set(plan.stepIndexes.get(stepId) ?? -1, result);
  }
  for (const [stepId, input] of Object.entries(setup.inputs ?? {})) {
    state.inputs.set(plan.stepIndexes.get(stepId) ?? -1, input);
  }
};

type Breakpoints = { readonly steps: readonly string[]; readonly transitions: readonly string[] };

const setBreakpoints = (plan: Plan, state: RunState, { steps, transitions }: Breakpoints): void => {
  state.breakpoints.steps = new Set(steps.flatMap((id) => plan.stepIndexes.get(id) ?? []));
  state.breakpoints.transitions = new Set(transitions);
};

/** Applies what a debugger asks for. */
export const debug = (plan: Plan, state: RunState, command: DebugCommand): void => {
  switch (command.kind) {
    case 'set_breakpoints':
      setBreakpoints(plan, state, command);
      break;
    case 'continue':
      state.holds.delete('breakpoint');
      state.stepsLeft = null;
      break;
    case 'step_over':
      state.holds.delete('breakpoint');
      state.stepsLeft = 1;
      break;
    case 'set_variable':
      setVariable(plan, state, command);
      break;
    default: {
      const index = plan.stepIndexes.get(command.stepId) ?? -1;
      if (command.result === null) state.mocks.delete(index);
      else state.mocks.set(index, command.result);
    }
  }
};

type Assignment = { readonly path: string; readonly value: Json };

/** What does not fit the run as it is by now changes nothing; `checkCommand` says so beforehand. */
const setVariable = (plan: Plan, state: RunState, { path, value }: Assignment): void => {
  const variable = parseVariable(path);
  if (variable?.root === 'parameters') {
    state.parameters = (replaceAt(state.parameters, variable.keys, value) ?? state.parameters) as JsonObject;
  } else if (variable?.field === 'output') {
    const index = plan.stepIndexes.get(variable.stepId) ?? -1;
    const output = replaceAt(state.outputs[index], variable.keys, value);
    if (index !== -1 && output !== undefined) state.outputs[index] = output;
  }
};

type ForkReached = Extract<EventDraft, { type: 'fork_reached' }>;

/** A fork goes its own way from here: with other values, and no longer at the pace of whoever debugged the other run. */
export const reachFork = (plan: Plan, state: RunState, { stepId = '', iteration, data }: ForkReached): void => {
  const { input, variables = {}, debug: setup } = data;
  state.forkPoints = state.forkPoints.slice(1);
  state.stepsLeft = null;
  if (input !== undefined) state.forkInputs.set(activityKey(stepId, iteration), input);
  for (const [path, value] of Object.entries(variables)) setVariable(plan, state, { path, value });
  if (setup === undefined) return;
  state.passing = -1;
  setUpDebugging(plan, state, setup);
};
