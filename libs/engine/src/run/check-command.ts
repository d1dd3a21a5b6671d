import type { Json } from '@ia-modules/plugin-sdk';
import { isJsonObject } from '../definition/is-json-object.ts';
import { didYouMean } from '../definition/suggest.ts';
import type { RunCommand } from '../ports/durable-context.ts';
import { findEffect, openEffects } from './find-effect.ts';
import type { DebugCommand, DebugSetup, ForkPoint } from './events.ts';
import type { Plan } from './plan.ts';
import { stepStatus, type RunState } from './state.ts';
import { isTerminal } from './status.ts';
import { parseVariable, replaceAt, splitPath } from './variable.ts';

/** Why a run can't do what it is told. */
export type CommandProblem = { readonly code: 'IA_RUN_COMMAND'; readonly message: string; readonly hint?: string };

/**
 * Says why a run would not do what it is told; undefined when it would. What debuggers ask for is checked, and what people say of
 * attempts: anything else may come at any time. Without a state, what depends on the run's course is left out.
 */
export const checkCommand = (
  plan: Plan,
  state: RunState | undefined,
  command: RunCommand,
): CommandProblem | undefined => {
  if (command.kind !== 'debug_command' && command.kind !== 'effect_decided') return undefined;
  if (state !== undefined && isTerminal(state.status)) return problem(`The run has ended: it is ${state.status}.`);
  return command.kind === 'effect_decided'
    ? checkEffect(plan, state, command.key)
    : checkDebugCommand(plan, state, command.command);
};

const checkEffect = (plan: Plan, state: RunState | undefined, key: string): CommandProblem | undefined => {
  if (state === undefined || findEffect(plan, state, key) !== undefined) return undefined;
  const open = openEffects(plan, state).map((effect) => effect.key);
  return open.length === 0
    ? problem(`Nobody is asked about '${key}', or about anything else.`)
    : problem(`Nobody is asked about '${key}'.`, `Say it of one of these: ${open.join(', ')}.`);
};

/** The same for what holds from a run's beginning. */
export const checkDebugSetup = (plan: Plan, setup: DebugSetup): CommandProblem | undefined => {
  const { breakpoints = { steps: [], transitions: [] }, mocks = {}, inputs = {} } = setup;
  return checkBreakpoints(plan, breakpoints) ?? checkSteps(plan, [...Object.keys(mocks), ...Object.keys(inputs)]);
};

/** The same for what a fork changes. */
export const checkForkPoint = (
  plan: Plan,
  { stepId, variables = {}, debug = {} }: ForkPoint,
): CommandProblem | undefined =>
  checkSteps(plan, [stepId]) ??
  firstProblem(Object.entries(variables), ([path, value]) => checkVariable(plan, undefined, { path, value })) ??
  checkDebugSetup(plan, debug);

const checkDebugCommand = (
  plan: Plan,
  state: RunState | undefined,
  command: DebugCommand,
): CommandProblem | undefined => {
  switch (command.kind) {
    case 'set_breakpoints':
      return checkBreakpoints(plan, command);
    case 'mock':
      return checkSteps(plan, [command.stepId]);
    case 'set_variable':
      return checkVariable(plan, state, command);
    default:
      return undefined;
  }
};

type Breakpoints = { readonly steps: readonly string[]; readonly transitions: readonly string[] };

const checkBreakpoints = (plan: Plan, { steps, transitions }: Breakpoints): CommandProblem | undefined =>
  checkSteps(plan, steps) ?? checkTransitions(plan, transitions);

const checkSteps = (plan: Plan, ids: readonly string[]): CommandProblem | undefined =>
  firstProblem(ids, (id) =>
    plan.stepIndexes.has(id) ? undefined : problem(`The pipeline has no step '${id}'.`, didYouMean(id, plan.stepIds)),
  );

const checkTransitions = (plan: Plan, names: readonly string[]): CommandProblem | undefined => {
  if (names.length === 0) return undefined;
  const known = new Set(plan.transitions.map(({ from, to }) => `${plan.stepIds[from]}->${plan.stepIds[to]}`));
  return firstProblem(names, (name) =>
    known.has(name)
      ? undefined
      : problem(
          `The pipeline has no transition '${name}'.`,
          didYouMean(name, known) ?? 'Transitions are named from->to.',
        ),
  );
};

type Assignment = { readonly path: string; readonly value: Json };

const checkVariable = (
  plan: Plan,
  state: RunState | undefined,
  { path, value }: Assignment,
): CommandProblem | undefined => {
  const variable = parseVariable(path);
  if (variable === undefined) return notChangeable(path);
  if (variable.root === 'parameters') {
    if (variable.keys.length === 0 && !isJsonObject(value)) return problem('The parameters are an object.');
    return state === undefined ? undefined : checkPlace(state.parameters, variable.keys, { path, value });
  }
  const { stepId, field, keys } = variable;
  const unknown = checkSteps(plan, [stepId]);
  if (unknown !== undefined) return unknown;
  if (field !== 'output') {
    return problem(`The ${field} of a step can't be changed.`, 'Change its output, or mock the step before it begins.');
  }
  if (state === undefined) return undefined;
  const index = plan.stepIndexes.get(stepId) ?? -1;
  const output = state.outputs[index];
  if (output === undefined && !isTerminal(stepStatus(state, index))) {
    return problem(`Step '${stepId}' has no output yet.`, 'Mock the step: it then ends with what you say.');
  }
  return checkPlace(output, keys, { path, value });
};

const checkPlace = (
  target: Json | undefined,
  keys: readonly string[],
  { path, value }: Assignment,
): CommandProblem | undefined =>
  replaceAt(target, keys, value) === undefined
    ? problem(`'${path}' leads through a value that is no object, or past the end of a list.`)
    : undefined;

/** What else expressions read, and why it stays as it is. */
const REASONS: Readonly<Record<string, string>> = {
  item: 'Items are those that for_each.items gave: change what it reads, before the step begins.',
  index: 'Items are those that for_each.items gave: change what it reads, before the step begins.',
  iteration: 'Iterations are counted: mock the step that decides about the next one.',
  run: 'The run is what it is: start another one, or fork it.',
  trigger: 'The trigger is what it was: start another run.',
  secrets: 'Secrets are set where the pipeline runs.',
};

const notChangeable = (path: string): CommandProblem => {
  const [root = ''] = splitPath(path) ?? [];
  return problem(
    `'${path}' is nothing that can be changed.`,
    Object.hasOwn(REASONS, root)
      ? REASONS[root]
      : "Write parameters.city, steps.fetch.output.rows[0] or steps['sum-up'].output.",
  );
};

const firstProblem = <T>(
  items: Iterable<T>,
  check: (item: T) => CommandProblem | undefined,
): CommandProblem | undefined => {
  for (const item of items) {
    const found = check(item);
    if (found !== undefined) return found;
  }
  return undefined;
};

const problem = (message: string, hint?: string): CommandProblem => ({
  code: 'IA_RUN_COMMAND',
  message,
  ...(hint === undefined ? {} : { hint }),
});
