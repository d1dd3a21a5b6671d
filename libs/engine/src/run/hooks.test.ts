import { expect, it } from 'vitest';
import type { TaskRequest } from '../ports/durable-context.ts';
import { startSession } from '../testing/memory-session.ts';

it('notes a hook whose configuration can not be read, and ends the run all the same', async () => {
  const session = startSession({
    parameters: { type: 'object', properties: { text: { default: {} } } },
    steps: [{ id: 'a', uses: 'core.noop' }],
    hooks: [
      { uses: 'test.hook', on: ['step_succeeded', 'run_succeeded'], with: { x: '{{ parameters.text.missing }}' } },
    ],
  });
  expect((await session.done).view.status).toBe('succeeded');
  expect(session.calls).toEqual([]);
  expect(session.events.filter(({ type }) => type === 'task_canceled')).toMatchObject([
    { part: 'hook/0/0', data: { reason: expect.stringContaining('missing') } },
    { part: 'hook/0/end' },
  ]);
});

it('waits with its end for hooks about its steps, and adds what they cost', async () => {
  const session = startSession(
    { steps: [{ id: 'a', uses: 'core.noop' }], hooks: [{ uses: 'test.hook', on: ['step_succeeded'] }] },
    {
      steps: {
        'test.hook': async (_, { emitStarted, addCost }) => {
          await emitStarted({ worker: 'w1' });
          addCost(0.25);
          return null;
        },
      },
    },
  );
  expect((await session.done).view).toMatchObject({ status: 'succeeded', costUsd: 0.25 });
  expect(session.events.map(({ type }) => type).slice(-4)).toEqual([
    'run_ending',
    'task_started',
    'task_succeeded',
    'run_succeeded',
  ]);
});

it('fails a step whose plugin condition is answered by neither yes nor no', async () => {
  for (const answer of ['yes', null, { holds: 1 }, []]) {
    const session = startSession(
      {
        steps: [
          { id: 'a', uses: 'core.noop' },
          { id: 'b', uses: 'core.noop' },
        ],
        flow: { transitions: [{ from: 'a', to: 'b', condition: { type: 'plugin', plugin: 'test.ask' } }] },
      },
      { steps: { 'test.ask': () => answer } },
    );
    expect((await session.done).view.error).toMatchObject({ code: 'IA_PLUGIN_FAILED' });
  }
});

it('gives each call an idempotency key of its own, whatever a step is called', async () => {
  const keys: string[] = [];
  const note = ({ idempotencyKey }: TaskRequest): null => {
    keys.push(idempotencyKey);
    return null;
  };
  const hook = { uses: 'test.hook', on: ['step_succeeded'] };
  const session = startSession(
    {
      steps: [{ id: 'hook', uses: 'test.work', timeout: '1s', for_each: { items: [1, 2] } }],
      flow: { transitions: [{ from: 'hook', to: 'hook', loop: { max_iterations: 2 } }] },
      hooks: [hook, hook],
    },
    { steps: { 'test.work': note, 'test.hook': note } },
  );
  expect((await session.done).view.status).toBe('succeeded');
  expect(keys).toHaveLength(8);
  expect(new Set(keys).size).toBe(8);
});

it('lets what hooks cost use up the budget of the run', async () => {
  const session = startSession(
    {
      steps: [
        { id: 'a', uses: 'core.noop' },
        { id: 'b', uses: 'core.wait', with: { duration: '1s' } },
        { id: 'c', uses: 'core.noop' },
      ],
      flow: {
        max_cost_usd: 0.1,
        on_budget: 'fail',
        transitions: [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'c' },
        ],
      },
      hooks: [{ uses: 'test.hook', on: ['step_succeeded'] }],
    },
    {
      steps: {
        'test.hook': (_, { addCost }) => {
          addCost(0.1 + 0.2);
          return null;
        },
      },
    },
  );
  expect((await session.done).view.error).toMatchObject({
    code: 'IA_RUN_COST',
    message: 'The run cost 0.3 US dollars; it may cost 0.1.',
  });
});
