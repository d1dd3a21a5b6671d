import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { chainOf, startSession, type SessionOptions } from '../testing/memory-session.ts';

/** A run that did one thing, then fails. */
const failing = (compensate: JsonObject, extra: JsonObject = {}): JsonObject => ({
  steps: [
    { id: 'a', uses: 'test.echo', with: { n: 1 }, compensate, ...extra },
    { id: 'b', uses: 'core.fail' },
  ],
  flow: { transitions: chainOf('a', 'b'), on_failure: 'compensate' },
});

const compensationsOf = async (pipeline: JsonObject, options: SessionOptions = {}) => {
  const session = startSession(pipeline, {
    ...options,
    steps: { 'test.echo': ({ input }) => input, ...options.steps },
  });
  const { view } = await session.done;
  expect(view.status).toBe('failed');
  return { compensations: view.compensations, ...session };
};

it('does at once what takes no work', async () => {
  expect((await compensationsOf(failing({ uses: 'core.noop' }))).compensations).toMatchObject([
    { status: 'succeeded' },
  ]);
  const broken = await compensationsOf(failing({ uses: 'core.fail', with: { message: 'too late' } }));
  expect(broken.compensations).toMatchObject([
    { status: 'failed', error: { code: 'IA_RUN_ENDED', message: 'too late' } },
  ]);
  const silent = await compensationsOf(failing({ uses: 'core.fail' }));
  expect(silent.compensations).toMatchObject([{ error: { message: 'The compensation failed on purpose.' } }]);
});

it('undoes by a pipeline, whose failure is noted', async () => {
  const compensate = { uses: 'pipeline:undo', with: { n: '{{ steps.a.output.n }}' } };
  const undo = (uses: string): JsonObject => ({
    parameters: { type: 'object', properties: { n: {} } },
    steps: [{ id: 'u', uses, with: { message: 'n was {{ parameters.n }}' } }],
  });
  const done = await compensationsOf(failing(compensate), { pipelines: { undo: undo('core.noop') } });
  expect(done.compensations).toMatchObject([{ stepId: 'a', status: 'succeeded' }]);
  const failed = await compensationsOf(failing(compensate), { pipelines: { undo: undo('core.fail') } });
  expect(failed.compensations).toMatchObject([
    { status: 'failed', error: { code: 'IA_SUBPIPELINE_FAILED', message: expect.stringContaining('n was 1') } },
  ]);
});

it('notes an input that can not be read, and undoes the rest', async () => {
  const pipeline = failing(
    { uses: 'test.echo', with: { n: '{{ item.n }}' } },
    { for_each: { items: [{ n: 1 }, {}, { n: 3 }] } },
  );
  const { compensations, calls } = await compensationsOf(pipeline);
  expect(compensations).toMatchObject([
    { index: '2', status: 'succeeded' },
    { index: '1', status: 'failed', error: { code: 'IA_EXPRESSION_FAILED' } },
    { index: '0', status: 'succeeded' },
  ]);
  expect(calls.filter(({ key }) => key.endsWith(':compensate')).map(({ input }) => input)).toEqual([
    { n: 3 },
    { n: 1 },
  ]);
});

it('tries again, and says who works on it and what it costs', async () => {
  const retry = { max_attempts: 3, initial_delay: '1h', max_delay: '1h', jitter: false };
  const { compensations, events } = await compensationsOf(failing({ uses: 'test.undo', retry }), {
    steps: {
      'test.undo': async ({ attempt }, { emitStarted, addCost }) => {
        await emitStarted({ worker: 'w1' });
        addCost(0.5);
        if (attempt < 3) throw new Error('not yet');
        return null;
      },
    },
  });
  expect(compensations).toEqual([{ stepId: 'a', status: 'succeeded' }]);
  const undoing = events.filter(({ part }) => part === 'compensate');
  expect(undoing.filter(({ type }) => type === 'task_started')).toHaveLength(3);
  expect(undoing.at(-1)).toMatchObject({ at: 7_200_000, attempt: 3, data: { costUsd: 0.5 } });
});

it('goes on undoing when the run is canceled meanwhile', async () => {
  const session = startSession(failing({ uses: 'test.undo' }), {
    steps: {
      'test.echo': ({ input }) => input,
      'test.undo': () => {
        session.send({ kind: 'cancel_requested', reason: 'enough', by: 'ann' });
        return null;
      },
    },
  });
  expect((await session.done).view).toMatchObject({ status: 'failed', compensations: [{ status: 'succeeded' }] });
  expect(session.events.some(({ type }) => type === 'cancel_requested')).toBe(true);
});

it('says why it waits when undoing takes somebody from outside', async () => {
  const undo = { steps: [{ id: 'ok', uses: 'core.wait', with: { signal: 'undo' } }] };
  const session = startSession(failing({ uses: 'pipeline:undo' }), {
    steps: { 'test.echo': ({ input }) => input },
    pipelines: { undo },
    whenStalled: [
      (run, waiting) => {
        expect(waiting).toMatchObject([
          { stepId: 'a', reason: 'task', detail: { part: 'compensate' }, runId: 'r1' },
          { stepId: 'ok', reason: 'signal', runId: 'r1/a#/@1:compensate' },
        ]);
        run.send({ kind: 'signal_received', name: 'undo', payload: null }, waiting[1]?.runId);
      },
    ],
  });
  expect((await session.done).view.compensations).toMatchObject([{ status: 'succeeded' }]);
});
