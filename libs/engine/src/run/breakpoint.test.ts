import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { chainOf, debugging, startSession, type SessionOptions } from '../testing/memory-session.ts';
import { replayLog } from '../testing/replay-log.ts';
import type { RunEvent } from './events.ts';

const noop = (id: string, extra: JsonObject = {}): JsonObject => ({ id, uses: 'core.noop', with: { id }, ...extra });
const at = (...steps: string[]) => ({ breakpoints: { steps, transitions: [] as string[] } });
const over = (...transitions: string[]) => ({ breakpoints: { steps: [] as string[], transitions } });
const goOn: NonNullable<SessionOptions['whenStalled']>[number] = (run) => run.send(debugging({ kind: 'continue' }));
const stepOver: typeof goOn = (run) => run.send(debugging({ kind: 'step_over' }));

/** Where a run stopped: `step`, with its iteration, and what it stopped for. */
const stops = (events: readonly RunEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type !== 'breakpoint_hit') return [];
    const place = event.iteration === undefined ? event.stepId : `${event.stepId}#${event.iteration}`;
    return [
      `${place}${event.data.isStep === true ? ' stepping' : ''}${event.data.transition ? ` ${event.data.transition}` : ''}`,
    ];
  });

const endedSteps = (events: readonly RunEvent[]): string[] =>
  events.flatMap(({ type, stepId }) => (type === 'step_succeeded' ? [stepId ?? ''] : []));

it('stops before a step, and says so', async () => {
  const pipeline = { steps: [noop('a'), noop('b')], flow: { transitions: chainOf('a', 'b') } };
  const { done, events } = startSession(pipeline, { debug: at('b') });
  const { view, waiting } = await done;
  expect(view).toMatchObject({ status: 'waiting', waitReason: 'breakpoint', steps: { b: { status: 'pending' } } });
  expect(waiting).toMatchObject([{ stepId: 'b', reason: 'breakpoint', since: 0 }]);
  expect(stops(events)).toEqual(['b']);
});

it('stops over a transition, and not when the step is reached over another one', async () => {
  const pipeline = {
    steps: [noop('a'), noop('b'), noop('c', { join: 'any' })],
    flow: { transitions: [...chainOf('a', 'b', 'c'), { from: 'a', to: 'c', condition: 'false' }] },
  };
  const hit = startSession(pipeline, { debug: over('b->c'), whenStalled: [goOn] });
  expect((await hit.done).view.status).toBe('succeeded');
  expect(stops(hit.events)).toEqual(['c b->c']);
  const missed = startSession(pipeline, { debug: over('a->c') });
  expect((await missed.done).view.status).toBe('succeeded');
  expect(stops(missed.events)).toEqual([]);
});

it('tells the transitions apart over which a loop goes round', async () => {
  const pipeline = {
    steps: [noop('a'), noop('b'), noop('c')],
    flow: {
      transitions: [
        ...chainOf('a', 'b', 'c'),
        { from: 'b', to: 'a', condition: 'iteration == 1', loop: { max_iterations: 3 } },
        { from: 'c', to: 'a', condition: 'iteration == 2', loop: { max_iterations: 3 } },
      ],
    },
  };
  const session = startSession(pipeline, { debug: over('c->a'), whenStalled: [goOn] });
  expect((await session.done).view.status).toBe('succeeded');
  expect(stops(session.events)).toEqual(['a#3 c->a']);
});

it('stops in every iteration', async () => {
  const pipeline = { steps: [noop('a')], flow: { transitions: [{ from: 'a', to: 'a', loop: { max_iterations: 3 } }] } };
  const session = startSession(pipeline, { debug: at('a'), whenStalled: [goOn, goOn, goOn] });
  expect((await session.done).view.status).toBe('succeeded');
  expect(stops(session.events)).toEqual(['a#1', 'a#2', 'a#3']);
});

it('steps over a fan-out one by one, leaving out what is skipped', async () => {
  const pipeline = {
    steps: [noop('a'), noop('x'), noop('skipped'), noop('y'), noop('end')],
    flow: {
      transitions: [
        { from: 'a', to: 'x' },
        { from: 'a', to: 'skipped', condition: 'false' },
        { from: 'a', to: 'y' },
        ...['x', 'skipped', 'y'].map((from) => ({ from, to: 'end' })),
      ],
    },
  };
  const session = startSession(pipeline, { debug: at('a'), whenStalled: [stepOver, stepOver, stepOver, stepOver] });
  expect((await session.done).view).toMatchObject({ status: 'succeeded', steps: { skipped: { status: 'skipped' } } });
  expect(stops(session.events)).toEqual(['a', 'x stepping', 'y stepping', 'end stepping']);
});

it('steps over all items of a mapped step, and over the iterations of a loop', async () => {
  const pipeline = {
    steps: [{ id: 'm', uses: 'test.echo', for_each: { items: [1, 2, 3], max_parallel: 1 } }, noop('b')],
    flow: { transitions: [...chainOf('m', 'b'), { from: 'b', to: 'm', loop: { max_iterations: 2 } }] },
  };
  const session = startSession(pipeline, {
    steps: { 'test.echo': ({ input }) => input },
    debug: at('m'),
    whenStalled: [stepOver, stepOver, stepOver, stepOver],
  });
  expect((await session.done).view.status).toBe('succeeded');
  expect(stops(session.events)).toEqual(['m#1', 'b#1 stepping', 'm#2 stepping', 'b#2 stepping']);
});

it('goes on without stepping once it is told to continue', async () => {
  const pipeline = { steps: [noop('a'), noop('b'), noop('c')], flow: { transitions: chainOf('a', 'b', 'c') } };
  const both: typeof goOn = (run) => {
    run.send(debugging({ kind: 'step_over' }));
    run.send(debugging({ kind: 'continue' }));
  };
  const session = startSession(pipeline, { debug: at('a'), whenStalled: [stepOver, goOn] });
  expect((await session.done).view.status).toBe('succeeded');
  expect(stops(session.events)).toEqual(['a', 'b stepping']);
  const waited = startSession(
    {
      steps: [{ id: 'w', uses: 'core.wait', with: { duration: '1h' } }, noop('b')],
      flow: { transitions: chainOf('w', 'b') },
    },
    { debug: at('w'), whenStalled: [both] },
  );
  expect((await waited.done).view.status).toBe('succeeded');
  expect(stops(waited.events)).toEqual(['w']);
});

it('keeps everything new from starting: other steps, attempts whose time has come, items', async () => {
  const pipeline = {
    steps: [
      { id: 'flaky', uses: 'test.flaky', retry: { max_attempts: 2, initial_delay: '1m', jitter: false } },
      { id: 'm', uses: 'test.echo', for_each: { items: [1, 2, 3], max_parallel: 1 } },
      { id: 'w', uses: 'core.wait', with: { duration: '1h' } },
      noop('stop'),
      noop('after'),
    ],
    flow: { transitions: chainOf('w', 'after') },
  };
  const held: string[][] = [];
  const session = startSession(pipeline, {
    steps: {
      'test.flaky': ({ attempt }) => {
        if (attempt === 1) throw new Error('not yet');
        return attempt;
      },
      'test.echo': ({ input }) => input,
    },
    debug: at('stop'),
    whenStalled: [
      (run, waiting) => {
        held.push(
          session.calls.map(({ key }) => key),
          waiting.map(({ reason }) => reason),
        );
        goOn(run, waiting);
      },
    ],
  });
  const { view } = await session.done;
  expect(held).toEqual([['flaky#/@1', 'm#/0@1'], ['breakpoint']]);
  expect(view).toMatchObject({
    status: 'succeeded',
    steps: { flaky: { output: 2 }, m: { items: { succeeded: 3 } }, after: { status: 'succeeded' } },
  });
  const again = await replayLog(session.plan, session.events, 0);
  expect(again).toEqual(session.events.map(({ runId: _runId, seq: _seq, at: _at, ...event }) => event));
});

it('can be canceled, or resumed like a pause, where it stands', async () => {
  const pipeline = { steps: [noop('a'), noop('b')], flow: { transitions: chainOf('a', 'b') } };
  const canceled = startSession(pipeline, {
    debug: at('b'),
    whenStalled: [(run) => run.send({ kind: 'cancel_requested', reason: 'enough', by: null })],
  });
  expect((await canceled.done).view).toMatchObject({ status: 'canceled', steps: { b: { status: 'skipped' } } });
  const resumed = startSession(pipeline, {
    debug: at('b'),
    whenStalled: [(run) => run.send({ kind: 'resume_requested', by: null })],
  });
  expect((await resumed.done).view.status).toBe('succeeded');
});

it('takes commands that change nothing where it is not held', async () => {
  const session = startSession({
    steps: [{ id: 'w', uses: 'core.wait', with: { duration: '1h' } }, noop('b')],
    flow: { transitions: chainOf('w', 'b') },
  });
  session.send(debugging({ kind: 'continue' }));
  session.send({ kind: 'resume_requested', by: null });
  expect((await session.done).view.status).toBe('succeeded');
});

it('sets breakpoints and takes them back on the way', async () => {
  const pipeline = { steps: [noop('a'), noop('b'), noop('c')], flow: { transitions: chainOf('a', 'b', 'c') } };
  const session = startSession(pipeline, {
    debug: at('a', 'b'),
    whenStalled: [
      (run, waiting) => {
        run.send(debugging({ kind: 'set_breakpoints', steps: ['c'], transitions: [] }));
        goOn(run, waiting);
      },
      goOn,
    ],
  });
  expect((await session.done).view.status).toBe('succeeded');
  expect(stops(session.events)).toEqual(['a', 'c']);
});

it('lets a mock stand in for a step, in each of its iterations, until it is taken back', async () => {
  const pipeline = {
    steps: [{ id: 'a', uses: 'test.count' }],
    flow: { transitions: [{ from: 'a', to: 'a', loop: { max_iterations: 4 } }] },
  };
  const session = startSession(pipeline, {
    steps: { 'test.count': () => 'real' },
    debug: { ...at('a'), mocks: { a: { output: 'mocked' } } },
    whenStalled: [
      goOn,
      goOn,
      (run, waiting) => {
        run.send(debugging({ kind: 'mock', stepId: 'a', result: null }));
        goOn(run, waiting);
      },
      goOn,
    ],
  });
  await session.done;
  const outputs = session.events.flatMap((event) => (event.type === 'step_succeeded' ? [event.data.output] : []));
  expect(outputs).toEqual(['mocked', 'mocked', 'real', 'real']);
});

it('handles a mocked error like one of the step, without a retry', async () => {
  const error = { name: 'Boom', code: 'X_BOOM', message: 'boom', retryable: true };
  const pipeline = {
    steps: [
      { id: 'a', uses: 'test.never', retry: { max_attempts: 3 } },
      noop('rescue', { with: { why: '{{ steps.a.error.code }}' } }),
    ],
    flow: { transitions: [{ from: 'a', to: 'rescue', on: 'error' }] },
  };
  const session = startSession(pipeline, { debug: { mocks: { a: { error } } } });
  expect((await session.done).view).toMatchObject({
    status: 'succeeded',
    steps: { a: { status: 'failed', error: { code: 'X_BOOM' } }, rescue: { output: { why: 'X_BOOM' } } },
  });
  expect(session.calls).toEqual([]);
});

it('changes variables for what begins afterwards', async () => {
  const pipeline = {
    parameters: { type: 'object', properties: { city: { default: 'Ulm' } } },
    steps: [
      { id: 'a', uses: 'core.noop', with: { rows: [{ n: 1 }, { n: 2 }] } },
      {
        id: 'b',
        uses: 'core.noop',
        with: { sum: '{{ steps.a.output.rows.map(row, row.n) }}', city: '{{ parameters.city }}' },
      },
    ],
    flow: { transitions: chainOf('a', 'b') },
  };
  const session = startSession(pipeline, {
    debug: at('b'),
    whenStalled: [
      (run, waiting) => {
        const set = (path: string, value: string | number) =>
          run.send(debugging({ kind: 'set_variable', path, value }));
        set('steps.a.output.rows[1].n', 20);
        run.send(debugging({ kind: 'set_variable', path: 'steps.a.output.rows[2]', value: { n: 30 } }));
        set('parameters.city', 'Bonn');
        goOn(run, waiting);
      },
    ],
  });
  expect((await session.done).view.steps['b']?.output).toEqual({ sum: [1, 20, 30], city: 'Bonn' });
});

it('stops with what it did so far in place', async () => {
  const pipeline = { steps: [noop('a'), noop('b'), noop('c')], flow: { transitions: chainOf('a', 'b', 'c') } };
  const session = startSession(pipeline, { debug: at('c') });
  await session.done;
  expect(endedSteps(session.events)).toEqual(['a', 'b']);
});
