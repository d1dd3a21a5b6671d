import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { chainOf, startSession, type SessionOptions } from '../testing/memory-session.ts';
import type { RunEvent } from './events.ts';
import { explainWaitsOf } from './waiting.ts';

const HOUR_MS = 3_600_000;

/** What the run waited for after the first event that `isMoment` picks. */
const waitsAt = async (pipeline: JsonObject, isMoment: (event: RunEvent) => boolean, options: SessionOptions = {}) => {
  const { plan, events, done } = startSession(pipeline, options);
  await done;
  return explainWaitsOf(plan, events.slice(0, 1 + events.findIndex(isMoment)));
};

const atWaiting = ({ type }: RunEvent): boolean => type === 'run_waiting';

it('explains timers, signals and approvals with what would end them', async () => {
  const waits = await waitsAt(
    {
      steps: [
        { id: 't', uses: 'core.wait', with: { duration: '1h' } },
        { id: 's', uses: 'core.wait', with: { signal: 'go' }, max_duration: '2h', on_error: 'continue' },
        {
          id: 'ok',
          uses: 'human.approval',
          with: { assignees: ['user:ann'], deadline: '3h', escalation: [{ after: '1m', to: ['user:ben'] }], quorum: 2 },
          on_error: 'continue',
        },
      ],
    },
    atWaiting,
  );
  const nowhere = { iteration: null, index: null };
  expect(waits).toEqual([
    { stepId: 't', ...nowhere, reason: 'timer', since: 0, until: HOUR_MS, detail: { attempt: 1 } },
    { stepId: 's', ...nowhere, reason: 'signal', since: 0, until: 2 * HOUR_MS, detail: { signal: 'go' } },
    {
      stepId: 'ok',
      ...nowhere,
      reason: 'approval',
      since: 0,
      until: 3 * HOUR_MS,
      detail: { assignees: ['user:ann'], votes: 0, quorum: 2 },
    },
  ]);
});

it('shows whom an escalation has added, and who has voted', async () => {
  const waits = await waitsAt(
    {
      steps: [
        {
          id: 'ok',
          uses: 'human.approval',
          with: { assignees: ['user:ann'], escalation: [{ after: '1h', to: ['user:ben'] }], quorum: 2 },
        },
      ],
    },
    ({ type }) => type === 'approval_decided',
    {
      whenStalled: [
        (run) => run.send({ kind: 'approval_decided', key: 'ok', decision: 'approve', by: 'ben', roles: [] }),
      ],
    },
  );
  expect(waits).toMatchObject([{ until: null, detail: { assignees: ['user:ann', 'user:ben'], votes: 1, quorum: 2 } }]);
});

it('explains retries, work under way and places under a limit', async () => {
  const retry = { max_attempts: 2, initial_delay: '1m', jitter: false };
  const flaky = { id: 'flaky', uses: 'test.fails', retry, on_error: 'continue' };
  expect(await waitsAt({ steps: [flaky] }, atWaiting)).toMatchObject([
    { stepId: 'flaky', reason: 'retry', until: 60_000 },
  ]);
  expect(
    await waitsAt({ steps: [flaky] }, ({ type, attempt }) => type === 'task_scheduled' && attempt === 2),
  ).toMatchObject([{ stepId: 'flaky', reason: 'task', detail: { attempt: 2 } }]);
  const limited = {
    steps: [
      {
        id: 'm',
        uses: 'core.wait',
        with: { duration: '1h' },
        for_each: { items: [1, 2] },
        concurrency: { key: 'k' },
        max_duration: '5h',
      },
    ],
  };
  expect(await waitsAt(limited, ({ type, index }) => type === 'timer_set' && index === '0')).toMatchObject([
    { stepId: 'm', index: '0', reason: 'timer', until: HOUR_MS },
    { stepId: 'm', index: '1', reason: 'concurrency', until: 5 * HOUR_MS, detail: { slot: 'k', limit: 1 } },
  ]);
});

it('names the iteration', async () => {
  const pipeline = {
    steps: [{ id: 'w', uses: 'core.wait', with: { duration: '1h' } }],
    flow: { transitions: [{ from: 'w', to: 'w', loop: { max_iterations: 2 } }] },
  };
  expect(await waitsAt(pipeline, ({ type, iteration }) => type === 'timer_set' && iteration === '2')).toMatchObject([
    { stepId: 'w', iteration: '2', since: HOUR_MS, until: 2 * HOUR_MS },
  ]);
});

it('puts what holds the run as a whole first, and says since when', async () => {
  const pipeline = {
    steps: [
      { id: 'w', uses: 'core.wait', with: { duration: '1h' } },
      { id: 's', uses: 'core.wait', with: { signal: 'go' } },
      { id: 'b', uses: 'core.noop' },
    ],
    flow: { transitions: chainOf('w', 'b') },
  };
  const paused = startSession(pipeline);
  paused.send({ kind: 'pause_requested', by: null });
  expect((await paused.done).waiting).toMatchObject([
    { stepId: null, reason: 'paused', since: 0, until: null },
    { stepId: 's' },
  ]);
  const costly = {
    steps: [
      { id: 'a', uses: 'test.costs' },
      { id: 'b', uses: 'core.noop' },
    ],
    flow: { transitions: chainOf('a', 'b'), max_cost_usd: 1 },
  };
  const steps = { 'test.costs': (_: unknown, { addCost }: { addCost: (usd: number) => void }) => (addCost(2), null) };
  expect(await waitsAt(costly, atWaiting, { steps })).toMatchObject([
    { stepId: null, reason: 'budget', detail: { costUsd: 2, maxCostUsd: 1 } },
  ]);
  const long = {
    steps: [
      { id: 's', uses: 'core.wait', with: { signal: 'go' } },
      { id: 'w', uses: 'core.wait', with: { duration: "{{ '1h' }}" } },
    ],
    flow: { max_duration: '30m' },
  };
  expect(await waitsAt(long, (event) => event.type === 'run_waiting' && event.data.reason === 'budget')).toMatchObject([
    { reason: 'budget', since: HOUR_MS / 2, detail: { maxDurationMs: HOUR_MS / 2 } },
    { stepId: 's' },
    { stepId: 'w' },
  ]);
});

it('explains compensations and last hooks while a run ends', async () => {
  const compensate = { uses: 'test.fails', retry: { max_attempts: 2, initial_delay: '1m', jitter: false } };
  const pipeline = {
    steps: [
      { id: 'a', uses: 'core.noop', compensate },
      { id: 'b', uses: 'core.fail' },
    ],
    flow: { transitions: chainOf('a', 'b'), on_failure: 'compensate' },
    hooks: [{ uses: 'test.hook', on: ['run_failed'] }],
  };
  const isCompensating = (type: string) => (event: RunEvent) => event.type === type && event.part === 'compensate';
  expect(await waitsAt(pipeline, isCompensating('timer_set'))).toEqual([
    {
      stepId: 'a',
      iteration: null,
      index: null,
      reason: 'retry',
      since: 0,
      until: 60_000,
      detail: { attempt: 1, part: 'compensate' },
    },
  ]);
  expect(
    await waitsAt(pipeline, (event) => isCompensating('task_scheduled')(event) && event.attempt === 2),
  ).toMatchObject([{ stepId: 'a', reason: 'task', since: 60_000, until: null, detail: { attempt: 2 } }]);
  expect(await waitsAt(pipeline, ({ part, type }) => part === 'hook/0/end' && type === 'task_scheduled')).toMatchObject(
    [{ stepId: null, reason: 'task', detail: { hooks: 1 } }],
  );
});

it('has nothing to say of a run that has ended', async () => {
  expect(await waitsAt({ steps: [{ id: 'a', uses: 'core.noop' }] }, ({ type }) => type === 'run_succeeded')).toEqual(
    [],
  );
});
