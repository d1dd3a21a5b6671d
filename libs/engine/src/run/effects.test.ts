import type { JsonObject } from '@ia-modules/plugin-sdk';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { createSharedStores } from '../memory/shared-stores.ts';
import { chainOf, startSession, type SessionOptions } from '../testing/memory-session.ts';
import { listEffects } from './effects.ts';

const PLUGIN = { name: '@c/pay', version: '1.0.0', integrity: 'sha512-x' };
const lost = (): PlatformError =>
  new PlatformError({ code: 'IA_TASK_FAILED', message: 'connection lost', details: { outcome: 'unknown' } });

const ledgerOf = async (pipeline: JsonObject, options: SessionOptions = {}) => {
  const session = startSession(pipeline, options);
  await session.done;
  return { ...session, effects: listEffects(session.events) };
};

const pay = { id: 'pay', uses: 'test.pay', timeout: '1m', on_unknown: 'ask' };

it('lists each effect once, with its last attempt and what did it', async () => {
  const { effects } = await ledgerOf(
    {
      steps: [
        { id: 'a', uses: 'core.noop' },
        { ...pay, retry: { max_attempts: 2, initial_delay: '1h', jitter: false } },
        { id: 'each', uses: 'test.echo', timeout: '1m', for_each: { items: [1, 2] } },
        { id: 'sub', uses: 'pipeline:child@^1' },
      ],
      flow: { transitions: chainOf('a', 'pay', 'each', 'sub') },
      hooks: [{ uses: 'test.echo', on: ['run_succeeded'] }],
    },
    {
      pipelines: { child: { version: '1.0.0', steps: [{ id: 'x', uses: 'core.noop' }] } },
      steps: {
        'test.echo': () => null,
        'test.pay': async ({ attempt }, { emitStarted }) => {
          await emitStarted({ worker: 'w1', plugin: PLUGIN });
          if (attempt === 1) throw new Error('down');
          return null;
        },
      },
    },
  );
  const step = { iteration: null, part: null, error: null, state: 'confirmed' };
  expect(effects).toMatchObject([
    { ...step, key: 'r1/pay//', taskKey: 'pay#/@2', stepId: 'pay', index: null, attempt: 2, plugin: PLUGIN },
    { ...step, key: 'r1/each//0', stepId: 'each', index: '0', attempt: 1, plugin: null },
    { ...step, key: 'r1/each//1', stepId: 'each', index: '1' },
    { ...step, key: 'r1////hook/0/end', stepId: null, part: 'hook/0/end' },
  ]);
});

it('follows an effect from its plan to what a person says of it', async () => {
  const { events } = await ledgerOf(
    { steps: [pay] },
    {
      steps: {
        'test.pay': async (_, { emitStarted }) => {
          await emitStarted({ worker: 'w1' });
          throw lost();
        },
      },
      whenStalled: [(run) => run.send({ kind: 'effect_decided', key: 'pay', decision: 'confirm', by: 'ann' })],
    },
  );
  const states = events.map((_, index) => listEffects(events.slice(0, index + 1))[0]?.state);
  expect([...new Set(states)]).toEqual([undefined, 'planned', 'sent', 'unknown', 'confirmed']);
});

it.each([
  ['was given up', 'fail', 'failed'],
  ['is to be made again, until it is', 'repeat', 'failed'],
] as const)('knows of an effect that %s', async (_, decision, state) => {
  const { effects } = await ledgerOf(
    { steps: [pay] },
    {
      steps: {
        'test.pay': ({ attempt }) => {
          throw attempt === 1 ? lost() : new Error('down');
        },
      },
      whenStalled: [(run) => run.send({ kind: 'effect_decided', key: 'pay', decision, by: 'ann' })],
    },
  );
  expect(effects).toMatchObject([{ state, attempt: decision === 'repeat' ? 2 : 1, error: { code: 'IA_TASK_FAILED' } }]);
});

it('does not know what became of what began and was canceled, and forgets what never began', async () => {
  const session = startSession(
    { steps: [pay, { ...pay, id: 'queued' }] },
    {
      steps: {
        'test.pay': async ({ stepId }, { emitStarted }) => {
          if (stepId === 'pay') {
            await emitStarted({ worker: 'w1' });
            queueMicrotask(() => session.send({ kind: 'cancel_requested', reason: null, by: 'ann' }));
          }
          return new Promise(() => {});
        },
      },
    },
  );
  expect((await session.done).view.status).toBe('canceled');
  expect(listEffects(session.events)).toMatchObject([{ stepId: 'pay', state: 'unknown' }]);
});

it('counts an attempt that timed out as unknown once it had begun, also when it may be repeated', async () => {
  const { effects } = await ledgerOf(
    { steps: [{ ...pay, on_unknown: 'repeat', timeout: '5ms' }] },
    {
      steps: {
        'test.pay': async (_, { emitStarted, signal }) => {
          await emitStarted({ worker: 'w1' });
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve(null), { once: true });
          });
        },
      },
    },
  );
  expect(effects).toMatchObject([{ state: 'unknown', error: { code: 'IA_TASK_TIMEOUT' } }]);
});

it('leaves out what a cache gave', async () => {
  const stores = createSharedStores();
  const pipeline = { steps: [{ ...pay, cache: { key: 'k', ttl: '1h' } }] };
  const options = { stores, steps: { 'test.pay': () => 1 } };
  expect((await ledgerOf(pipeline, options)).effects).toHaveLength(1);
  expect((await ledgerOf(pipeline, { ...options, runId: 'r2' })).effects).toEqual([]);
});
