import { expect, it } from 'vitest';
import type { Json } from '@ia-modules/plugin-sdk';
import { chainOf, debugging, startSession } from '../testing/memory-session.ts';
import type { DebugCommand } from './events.ts';
import { inspectRun } from './inspect.ts';

const pipeline = {
  parameters: { type: 'object', properties: { city: { default: 'Ulm' } } },
  steps: [
    { id: 'fetch', uses: 'core.noop', with: { rows: [1], text: 'x' } },
    { id: 'wait', uses: 'core.wait', with: { signal: 'go' } },
  ],
  flow: { transitions: chainOf('fetch', 'wait') },
};

/** A run that waits for its signal, and what it says to a command. */
const waitingRun = async () => {
  const { done, events, plan } = startSession(pipeline);
  await done;
  const { check } = inspectRun(plan, events);
  return (command: DebugCommand) => check(debugging(command));
};

const set = (path: string, value: Json = 1): DebugCommand => ({ kind: 'set_variable', path, value });

it.each<[DebugCommand, object]>([
  [{ kind: 'set_breakpoints', steps: ['fetsh'], transitions: [] }, { hint: "Did you mean 'fetch'?" }],
  [
    { kind: 'set_breakpoints', steps: [], transitions: ['wait->fetch'] },
    { message: "The pipeline has no transition 'wait->fetch'." },
  ],
  [{ kind: 'mock', stepId: 'x', result: null }, { message: "The pipeline has no step 'x'." }],
  [set('parameters'), { message: 'The parameters are an object.' }],
  [
    set('parameters.city.name'),
    { message: "'parameters.city.name' leads through a value that is no object, or past the end of a list." },
  ],
  [set('steps.fetch.output.rows[3]'), { message: expect.stringContaining('past the end of a list') }],
  [set('steps.fetch.status'), { message: "The status of a step can't be changed." }],
  [set('steps.nope.output'), { message: "The pipeline has no step 'nope'." }],
  [set('steps.wait.output'), { message: "Step 'wait' has no output yet.", hint: expect.stringContaining('Mock') }],
  [set('item.x'), { hint: expect.stringContaining('for_each.items') }],
  [set('iteration'), { hint: expect.stringContaining('counted') }],
  [set('a b'), { message: "'a b' is nothing that can be changed.", hint: expect.stringContaining('parameters.city') }],
])('refuses %j', async (command, expected) => {
  expect((await waitingRun())(command)).toMatchObject({ code: 'IA_RUN_COMMAND', ...expected });
});

it.each<DebugCommand>([
  { kind: 'set_breakpoints', steps: ['wait'], transitions: ['fetch->wait'] },
  { kind: 'continue' },
  { kind: 'step_over' },
  { kind: 'mock', stepId: 'wait', result: { output: 1 } },
  set('parameters', {}),
  set('parameters.city', 'Bonn'),
  set('steps.fetch.output'),
  set("steps['fetch'].output.rows[1]"),
])('takes %j', async (command) => {
  expect((await waitingRun())(command)).toBeUndefined();
});

it('throws where a command is sent', async () => {
  const run = startSession(pipeline);
  const command = debugging({ kind: 'mock', stepId: 'nope', result: null });
  const refusal = expect.objectContaining({ code: 'IA_RUN_COMMAND' });
  expect(() => run.send(command)).toThrow(refusal);
  expect(() => run.send(debugging({ kind: 'continue' }), 'other')).toThrow(refusal);
  run.send({ kind: 'resume_requested', by: null }, 'other');
  await run.done;
});

it('refuses what comes after the end', async () => {
  const run = startSession({ steps: [{ id: 'a', uses: 'core.noop' }] });
  await run.done;
  expect(() => run.send(debugging({ kind: 'continue' }))).toThrow('The run has ended: it is succeeded.');
  run.send({ kind: 'cancel_requested', reason: null, by: null });
});

it('refuses a set-up that names what is not there, before anything runs', () => {
  expect(() => startSession(pipeline, { debug: { breakpoints: { steps: ['wai'], transitions: [] } } })).toThrow(
    expect.objectContaining({ code: 'IA_RUN_COMMAND', hint: "Did you mean 'wait'?" }),
  );
  expect(() => startSession(pipeline, { debug: { mocks: { x: { output: 1 } } } })).toThrow("no step 'x'");
  expect(() => startSession(pipeline, { debug: { inputs: { x: {} } } })).toThrow("no step 'x'");
});

it('has nothing against what is no command of a debugger', async () => {
  const { plan, events, done } = startSession({ steps: [{ id: 'a', uses: 'core.noop' }] });
  await done;
  expect(inspectRun(plan, events).check({ kind: 'pause_requested', by: null })).toBeUndefined();
});
