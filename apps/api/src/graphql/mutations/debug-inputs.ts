import type { DebugCommand, DebugSetup, Json, JsonObject, MockResult, RecordedError } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { builder } from '../builder.ts';

const invalid = (message: string): PlatformError => new PlatformError({ code: 'IA_API_INVALID', message });

/** @throws PlatformError IA_API_INVALID */
export const requireObject = (name: string, value: Json | undefined): JsonObject => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid(`\`${name}\` must be an object.`);
};

export const BreakpointsInput = builder.inputType('BreakpointsInput', {
  description: 'Where a run stops: in front of steps, and on the way to a step.',
  fields: (t) => ({
    steps: t.stringList({ description: 'Ids of steps.' }),
    transitions: t.stringList({ description: 'Transitions by their ends: `from->to`.' }),
  }),
});

const MockErrorInput = builder.inputType('MockErrorInput', {
  description: 'An error that a step ends with.',
  fields: (t) => ({
    message: t.string({ description: 'What the error says.', required: true }),
    name: t.string({ description: 'What `retry.on` and conditions see. Default: Error.' }),
    code: t.string({ description: 'Default: IA_TASK_FAILED.' }),
    retryable: t.boolean({ description: 'Default: false.' }),
  }),
});

const MockResultInput = builder.inputType('MockResultInput', {
  description: 'What a step ends with: either an output or an error.',
  isOneOf: true,
  fields: (t) => ({
    output: t.field({ description: 'Ends the step with this output.', type: 'JSON' }),
    error: t.field({ description: 'Ends the step with an error.', type: MockErrorInput }),
  }),
});

export const StepMockInput = builder.inputType('StepMockInput', {
  description: 'Lets a step end with this instead of being run, in every iteration and for all of its items.',
  fields: (t) => ({
    stepId: t.string({ description: 'Id of the step.', required: true }),
    result: t.field({ description: 'What it ends with.', type: MockResultInput, required: true }),
  }),
});

export const StepInputInput = builder.inputType('StepInputInput', {
  description: 'An input in place of what the step’s `with` gives.',
  fields: (t) => ({
    stepId: t.string({ description: 'Id of the step.', required: true }),
    input: t.field({ description: 'The input: an object.', type: 'JSON', required: true }),
  }),
});

export const VariableInput = builder.inputType('VariableInput', {
  description: 'A value of a run that is set to another one.',
  fields: (t) => ({
    path: t.string({ required: true, description: '`parameters.city`, `steps.fetch.output.rows[0]`.' }),
    value: t.field({ type: 'JSON', description: 'Default: null.' }),
  }),
});

export const RunDebugInput = builder.inputType('RunDebugInput', {
  description: 'How a run is watched and bent from its beginning.',
  fields: (t) => ({
    breakpoints: t.field({ description: 'Where it stops.', type: BreakpointsInput }),
    mocks: t.field({ description: 'Steps that end with a given result instead of being run.', type: [StepMockInput] }),
    inputs: t.field({ description: 'Inputs in place of those that steps would get.', type: [StepInputInput] }),
  }),
});

const DebugMockInput = builder.inputType('DebugMockInput', {
  fields: (t) => ({
    stepId: t.string({ description: 'Id of the step.', required: true }),
    result: t.field({ type: MockResultInput, description: 'Left out, the mock is taken back.' }),
  }),
});

export const DebugCommandInput = builder.inputType('DebugCommandInput', {
  isOneOf: true,
  fields: (t) => ({
    continue: t.boolean({ description: 'Goes on to the next breakpoint.' }),
    stepOver: t.boolean({ description: 'Lets one more step begin, then stops before the next one.' }),
    setBreakpoints: t.field({ type: BreakpointsInput, description: 'Replaces them all.' }),
    setVariable: t.field({
      type: VariableInput,
      description: 'Changes a parameter or an output for what begins afterwards.',
    }),
    mock: t.field({
      description: 'Lets a step end with a result instead of being run, or takes that back.',
      type: DebugMockInput,
    }),
  }),
});

type BreakpointsValue = typeof BreakpointsInput.$inferInput;
type MockResultValue = typeof MockResultInput.$inferInput;
type StepMockValue = typeof StepMockInput.$inferInput;

export const toBreakpoints = ({ steps, transitions }: BreakpointsValue) => ({
  steps: steps ?? [],
  transitions: transitions ?? [],
});

const toRecorded = ({ message, name, code, retryable }: typeof MockErrorInput.$inferInput): RecordedError => ({
  name: name ?? 'Error',
  code: code ?? 'IA_TASK_FAILED',
  message,
  retryable: retryable === true,
});

const toResult = ({ output, error }: MockResultValue): MockResult =>
  error ? { error: toRecorded(error) } : { output: output ?? null };

/** A step that stands twice would leave open what it ends with. */
const byStep = <T extends { readonly stepId: string }, V>(
  name: string,
  items: readonly T[],
  valueOf: (item: T) => V,
): Readonly<Record<string, V>> => {
  const ids = new Set(items.map(({ stepId }) => stepId));
  if (ids.size < items.length) throw invalid(`\`${name}\` names a step twice.`);
  return Object.fromEntries(items.map((item) => [item.stepId, valueOf(item)]));
};

export const toMocks = (mocks: readonly StepMockValue[]): Readonly<Record<string, MockResult>> =>
  byStep('mocks', mocks, ({ result }) => toResult(result));

export const toDebugSetup = ({ breakpoints, mocks, inputs }: typeof RunDebugInput.$inferInput): DebugSetup => ({
  ...(breakpoints ? { breakpoints: toBreakpoints(breakpoints) } : {}),
  ...(mocks ? { mocks: toMocks(mocks) } : {}),
  ...(inputs ? { inputs: byStep('inputs', inputs, ({ input }) => requireObject('input', input)) } : {}),
});

export const toDebugCommand = (command: typeof DebugCommandInput.$inferInput): DebugCommand => {
  const { setBreakpoints, setVariable, mock } = command;
  if (command.continue === true) return { kind: 'continue' };
  if (command.stepOver === true) return { kind: 'step_over' };
  if (setBreakpoints) return { kind: 'set_breakpoints', ...toBreakpoints(setBreakpoints) };
  if (setVariable) return { kind: 'set_variable', path: setVariable.path, value: setVariable.value ?? null };
  if (mock) return { kind: 'mock', stepId: mock.stepId, result: mock.result ? toResult(mock.result) : null };
  throw invalid('`continue` and `stepOver` are asked for with true.');
};
