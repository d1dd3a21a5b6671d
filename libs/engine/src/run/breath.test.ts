import { expect, it } from 'vitest';
import { startSession } from '../testing/memory-session.ts';
import { replayLog } from '../testing/replay-log.ts';

const loops = {
  steps: ['a', 'b', 'c'].map((id) => ({ id, uses: 'core.noop' })),
  flow: {
    transitions: [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      ...['c', 'b', 'a'].map((to) => ({ from: 'c', to, loop: { max_iterations: 1_000 } })),
    ],
  },
};

it('ends a run that would go on for hours without a wait, when it is told to', async () => {
  const session = startSession(loops);
  setImmediate(() => session.send({ kind: 'cancel_requested', reason: 'enough', by: null }));
  expect((await session.done).view).toMatchObject({ status: 'canceled' });
});

it('keeps to the time of a run that never waits', async () => {
  const pipeline = { ...loops, flow: { ...loops.flow, max_duration: '1s', on_budget: 'fail' } };
  const session = startSession(pipeline, { clock: 'real' });
  expect((await session.done).view.error).toMatchObject({ code: 'IA_RUN_TIMEOUT' });
});

it('writes the same log in a replay', async () => {
  const session = startSession({
    steps: [{ id: 'a', uses: 'core.noop' }],
    flow: { transitions: [{ from: 'a', to: 'a', loop: { max_iterations: 40_000 } }] },
  });
  expect((await session.done).view).toMatchObject({ status: 'succeeded', steps: { a: { iterations: 40_000 } } });
  expect(session.events.filter(({ type }) => type === 'timer_fired')).toHaveLength(1);
  const again = await replayLog(session.plan, session.events, 0);
  expect(again.length).toBe(session.events.length);
  expect(again.slice(99_990, 100_010)).toEqual(
    session.events.slice(99_990, 100_010).map(({ runId: _runId, seq: _seq, at: _at, ...event }) => event),
  );
});
