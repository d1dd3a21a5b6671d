import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { withSecrets } from '../executor/with-secrets.ts';
import { startInMemory } from '../memory/run-in-memory.ts';
import { createSharedStores } from '../memory/shared-stores.ts';
import { chainOf, debugging, startSession, type SessionOptions, type SessionSteps } from '../testing/memory-session.ts';
import { replayLog } from '../testing/replay-log.ts';
import type { RunEvent } from './events.ts';
import { forkRun, type ForkOptions } from './fork.ts';

const echo: SessionSteps = { 'test.echo': ({ input }) => input };
const numbered = (id: string, n: Json = id): JsonObject => ({ id, uses: 'test.echo', with: { n } });

/** Runs a pipeline, then a fork of that run: both with what they called. */
const runAndFork = async (pipeline: JsonObject, edits: Omit<ForkOptions, 'log'>, options: SessionOptions = {}) => {
  const first = startSession(pipeline, { steps: echo, ...options });
  await first.done;
  const fork = forkRun({ log: first.events, ...edits });
  const second = startSession(pipeline, { steps: echo, runId: 'r2', ...options, fork });
  const { view } = await second.done;
  return { first, second, view, keys: second.calls.map(({ key }) => key) };
};

const inputOf = (events: readonly RunEvent[], stepId: string): Json[] =>
  events.flatMap((event) => (event.type === 'task_scheduled' && event.stepId === stepId ? [event.data.input] : []));

const line = {
  steps: [numbered('a'), numbered('b', '{{ steps.a.output.n }}'), numbered('c', '{{ steps.b.output.n }}')],
  flow: { transitions: chainOf('a', 'b', 'c') },
};

it('repeats what came before the step, and does the rest anew', async () => {
  const { second, view, keys } = await runAndFork(line, { stepId: 'b', input: { n: 'edited' } });
  expect(keys).toEqual(['b#/@1', 'c#/@1']);
  expect(view).toMatchObject({
    status: 'succeeded',
    steps: { a: { output: { n: 'a' } }, c: { output: { n: 'edited' } } },
  });
  expect(second.events[0]).toMatchObject({
    runId: 'r2',
    data: { fork: { runId: 'r1', seq: 5, points: [{ stepId: 'b', input: { n: 'edited' } }] } },
  });
});

it('changes the output of the very step before, and parameters, from there on', async () => {
  const pipeline = {
    parameters: { type: 'object', properties: { p: { default: 1 } } },
    ...line,
    outputs: { p: '{{ parameters.p }}' },
  };
  const variables = { 'steps.a.output.n': 'other', 'parameters.p': 2 };
  const { second, view } = await runAndFork(pipeline, { stepId: 'b', variables });
  expect(inputOf(second.events, 'b')).toEqual([{ n: 'other' }]);
  expect(view.outputs).toEqual({ p: 2 });
});

it('forks a step of the first decision', async () => {
  const pipeline = {
    parameters: { type: 'object', properties: { p: { default: 1 } } },
    steps: [{ id: 'now', uses: 'core.noop', with: { x: 1 } }, numbered('a', '{{ parameters.p + steps.now.output.x }}')],
    flow: { transitions: chainOf('now', 'a') },
  };
  const edited = await runAndFork(pipeline, { stepId: 'now', input: { x: 10 } });
  expect(inputOf(edited.second.events, 'a')).toEqual([{ n: 11 }]);
  const changed = await runAndFork(pipeline, {
    stepId: 'a',
    variables: { 'parameters.p': 5, 'steps.now.output.x': 2 },
  });
  expect(inputOf(changed.second.events, 'a')).toEqual([{ n: 7 }]);
});

const loop = {
  steps: [numbered('a', '{{ iteration }}'), numbered('b', '{{ steps.a.output.n * 10 }}')],
  flow: { transitions: [...chainOf('a', 'b'), { from: 'b', to: 'a', loop: { max_iterations: 3 } }] },
};

it('forks into one iteration of a loop: the edited input is for that one', async () => {
  const { second, keys } = await runAndFork(loop, { stepId: 'a', iteration: '2', input: { n: 7 } });
  expect(keys).toEqual(['a#2/@1', 'b#2/@1', 'a#3/@1', 'b#3/@1']);
  expect(inputOf(second.events, 'b')).toEqual([{ n: 10 }, { n: 70 }, { n: 30 }]);
});

it('takes the last iteration when none is said', async () => {
  const { keys } = await runAndFork(loop, { stepId: 'b' });
  expect(keys).toEqual(['b#3/@1']);
});

it('keeps what branches beside the step had finished, and does again what had not', async () => {
  const pipeline = {
    steps: [numbered('quick'), numbered('slow'), numbered('late'), numbered('end')],
    flow: {
      transitions: [
        { from: 'quick', to: 'late' },
        { from: 'late', to: 'end' },
        { from: 'slow', to: 'end' },
      ],
    },
  };
  let finishSlow: (value: Json) => void = () => undefined;
  const steps: SessionSteps = {
    'test.echo': ({ stepId, input }) => {
      if (stepId === 'slow') return new Promise((resolve) => (finishSlow = resolve));
      if (stepId === 'late') queueMicrotask(() => finishSlow({ n: 'slow' }));
      return input;
    },
  };
  const { keys, view } = await runAndFork(pipeline, { stepId: 'late' }, { steps });
  expect(keys.toSorted()).toEqual(['end#/@1', 'late#/@1', 'slow#/@1']);
  expect(view.status).toBe('succeeded');
});

it('runs all items of a mapped step anew', async () => {
  const pipeline = {
    steps: [numbered('a'), { ...numbered('m', '{{ item }}'), for_each: { items: [1, 2] } }],
    flow: { transitions: chainOf('a', 'm') },
  };
  expect((await runAndFork(pipeline, { stepId: 'm' })).keys).toEqual(['m#/0@1', 'm#/1@1']);
});

it('keeps the results of sub-pipelines', async () => {
  const pipeline = {
    steps: [{ id: 'sub', uses: 'pipeline:child' }, numbered('b', '{{ steps.sub.output.n }}')],
    flow: { transitions: chainOf('sub', 'b') },
  };
  const child = { steps: [numbered('inner', 5)], outputs: { n: '{{ steps.inner.output.n }}' } };
  const { keys, second } = await runAndFork(pipeline, { stepId: 'b' }, { pipelines: { child } });
  expect(keys).toEqual(['b#/@1']);
  expect(inputOf(second.events, 'b')).toEqual([{ n: 5 }]);
});

it('undoes also what was only repeated', async () => {
  const pipeline = {
    steps: [
      { ...numbered('a'), compensate: { uses: 'test.echo', with: { undo: '{{ steps.a.output.n }}' } } },
      numbered('b'),
    ],
    flow: { transitions: chainOf('a', 'b'), on_failure: 'compensate' },
  };
  const first = startSession(pipeline, { steps: echo });
  await first.done;
  const fork = forkRun({ log: first.events, stepId: 'b' });
  const steps: SessionSteps = {
    'test.echo': ({ stepId, input }) => {
      if (stepId === 'b') throw new Error('broken');
      return input;
    },
  };
  const { view } = await startSession(pipeline, { steps, runId: 'r2', fork }).done;
  expect(view).toMatchObject({ status: 'failed', compensations: [{ stepId: 'a', status: 'succeeded' }] });
});

it('has idempotency keys of its own', async () => {
  const keys: string[] = [];
  const steps: SessionSteps = {
    'test.echo': ({ idempotencyKey, input }) => {
      keys.push(idempotencyKey);
      return input;
    },
  };
  await runAndFork(line, { stepId: 'c' }, { steps });
  expect(keys).toEqual(['r1/a//', 'r1/b//', 'r1/c//', 'r2/c//']);
});

it('goes on in the time in which the other run was', async () => {
  const pipeline = {
    steps: [
      { id: 'w', uses: 'core.wait', with: { duration: '1h' } },
      { id: 'v', uses: 'core.wait', with: { duration: '1h' } },
    ],
    flow: { transitions: chainOf('w', 'v') },
  };
  const { second, view } = await runAndFork(pipeline, { stepId: 'v' });
  expect(view).toMatchObject({ startedAt: 0, finishedAt: 7_200_000 });
  expect(second.events.find(({ stepId }) => stepId === 'v')?.at).toBe(3_600_000);
});

it('forks a fork: what that changed stays changed', async () => {
  const first = startSession(line, { steps: echo });
  await first.done;
  const second = startSession(line, {
    steps: echo,
    runId: 'r2',
    fork: forkRun({ log: first.events, stepId: 'b', input: { n: 'x' } }),
  });
  await second.done;
  const again = startSession(line, { steps: echo, runId: 'r3', fork: forkRun({ log: second.events, stepId: 'c' }) });
  expect((await again.done).view.steps['c']?.output).toEqual({ n: 'x' });
  expect(again.calls.map(({ key }) => key)).toEqual(['c#/@1']);
  const same = startSession(line, {
    steps: echo,
    runId: 'r4',
    fork: forkRun({ log: second.events, stepId: 'b', input: { n: 'y' } }),
  });
  expect((await same.done).view.steps['c']?.output).toEqual({ n: 'y' });
  const before = startSession(line, { steps: echo, runId: 'r5', fork: forkRun({ log: second.events, stepId: 'a' }) });
  expect((await before.done).view.steps['c']?.output).toEqual({ n: 'a' });
});

it('watches and mocks from the step on', async () => {
  const first = startSession(line, { steps: echo });
  await first.done;
  const fork = forkRun({
    log: first.events,
    stepId: 'b',
    debug: { breakpoints: { steps: ['b'], transitions: [] }, mocks: { c: { output: 'mocked' } } },
  });
  const second = startSession(line, {
    steps: echo,
    runId: 'r2',
    fork,
    whenStalled: [(run) => run.send(debugging({ kind: 'continue' }))],
  });
  expect((await second.done).view.steps).toMatchObject({ b: { output: { n: 'a' } }, c: { output: 'mocked' } });
  expect(second.events.filter(({ type }) => type === 'breakpoint_hit')).toMatchObject([{ stepId: 'b' }]);
});

it('repeats a run that was held, stepped and changed on its way', async () => {
  const session = {
    debug: { breakpoints: { steps: ['b'], transitions: [] } },
    whenStalled: [
      (run: { send: (command: ReturnType<typeof debugging>) => void }) => {
        run.send(debugging({ kind: 'set_variable', path: 'steps.a.output.n', value: 'set' }));
        run.send(debugging({ kind: 'step_over' }));
      },
      (run: { send: (command: ReturnType<typeof debugging>) => void }) => run.send(debugging({ kind: 'continue' })),
    ],
  };
  const first = startSession(line, { steps: echo, ...session });
  expect((await first.done).view.steps['c']?.output).toEqual({ n: 'set' });
  const second = startSession(line, { steps: echo, runId: 'r2', fork: forkRun({ log: first.events, stepId: 'b' }) });
  expect((await second.done).view).toMatchObject({ status: 'succeeded', steps: { c: { output: { n: 'set' } } } });
});

it('draws what the other run drew', async () => {
  const pipeline = {
    steps: [
      { id: 'choose', uses: 'core.noop', router: 'adaptive', adaptive: { reward: '1' } },
      ...['x', 'y', 'z'].map((id) => numbered(id)),
      { ...numbered('end'), join: 'any' },
    ],
    flow: {
      transitions: ['x', 'y', 'z'].flatMap((id) => [
        { from: 'choose', to: id },
        { from: id, to: 'end' },
      ]),
    },
  };
  const chosenIn = (events: readonly RunEvent[]) =>
    events.flatMap((event) => (event.type === 'branch_chosen' && event.stepId === 'choose' ? event.data.taken : []));
  for (const seed of [1, 2, 3, 4]) {
    const first = startSession(pipeline, { steps: echo, seed });
    await first.done;
    const second = startSession(pipeline, {
      steps: echo,
      runId: 'r2',
      fork: forkRun({ log: first.events, stepId: 'end', seed }),
    });
    await second.done;
    expect(chosenIn(second.events)).toEqual(chosenIn(first.events));
    const third = startSession(pipeline, {
      steps: echo,
      runId: 'r3',
      fork: forkRun({ log: second.events, stepId: 'end' }),
    });
    await third.done;
    expect(chosenIn(third.events)).toEqual(chosenIn(first.events));
  }
});

it('waits for the places under limits that it needs again', async () => {
  const stores = createSharedStores();
  const pipeline = {
    steps: [
      { id: 'held', uses: 'core.wait', with: { duration: '1h' }, concurrency: { key: 'k' } },
      { id: 'first', uses: 'core.wait', with: { duration: '1m' } },
      numbered('b'),
    ],
    flow: { transitions: chainOf('first', 'b') },
  };
  const first = startSession(pipeline, { steps: echo });
  await first.done;
  const other = startInMemory({
    definition: startSession({
      steps: [{ id: 'w', uses: 'core.wait', with: { signal: 'go' }, concurrency: { key: 'k' } }],
    }).plan.definition,
    stores,
    onEvent: ({ type }) => {
      if (type === 'run_waiting') started();
    },
  });
  let started: () => void = () => undefined;
  await new Promise<void>((resolve) => (started = resolve));
  const second = startSession(pipeline, {
    steps: { 'test.echo': ({ input }) => (queueMicrotask(() => other.send(go)), input) },
    runId: 'r2',
    stores,
    fork: forkRun({ log: first.events, stepId: 'b' }),
  });
  const go = { kind: 'signal_received', name: 'go', payload: null } as const;
  expect((await second.done).view.status).toBe('succeeded');
  expect((await other.done).view.status).toBe('succeeded');
});

it('keeps secrets where the edited input still has them', async () => {
  const definition = {
    steps: [
      { id: 'call', uses: 'test.call', with: { key: 'Bearer {{ secrets.KEY }}', other: '{{ secrets.KEY }}', n: 1 } },
    ],
  };
  const seen: Json[] = [];
  const executor = withSecrets(
    { execute: ({ input }) => Promise.resolve((seen.push(input), null)) },
    (name) => `value of ${name}`,
  );
  const { plan } = startSession(definition);
  const log: RunEvent[] = [];
  await startInMemory({ plan, executor, onEvent: (event) => log.push(event) }).done;
  const input = { key: 'Bearer ***', other: 'mine', n: 2 };
  await startInMemory({ plan, executor, fork: forkRun({ log, stepId: 'call', input }) }).done;
  expect(seen).toEqual([
    { key: 'Bearer value of KEY', other: 'value of KEY', n: 1 },
    { key: 'Bearer value of KEY', other: 'mine', n: 2 },
  ]);
  expect(JSON.stringify(log)).not.toContain('value of');
});

it('writes a log that replays like any other', async () => {
  const { second } = await runAndFork(loop, {
    stepId: 'a',
    iteration: '2',
    input: { n: 7 },
    variables: { 'steps.b.output': 1 },
  });
  const again = await replayLog(second.plan, second.events, 0);
  expect(again).toEqual(second.events.map(({ runId: _runId, seq: _seq, at: _at, ...event }) => event));
});

it('refuses steps that the log does not show begin', async () => {
  const pipeline = {
    steps: [numbered('a'), numbered('b'), numbered('c')],
    flow: {
      transitions: [
        { from: 'a', to: 'b', condition: 'false' },
        { from: 'a', to: 'c' },
      ],
    },
  };
  const { events, done } = startSession(pipeline, { steps: echo });
  await done;
  for (const edits of [{ stepId: 'b' }, { stepId: 'nope' }, { stepId: 'a', iteration: '2' }]) {
    expect(() => forkRun({ log: events, ...edits })).toThrow(expect.objectContaining({ code: 'IA_RUN_FORK' }));
  }
  expect(() => forkRun({ log: [], stepId: 'a' })).toThrow(expect.objectContaining({ code: 'IA_RUN_FORK' }));
  const fork = forkRun({ log: events, stepId: 'c', variables: { 'steps.a.status': 'failed' } });
  expect(() => startSession(pipeline, { fork })).toThrow("The status of a step can't be changed.");
});
