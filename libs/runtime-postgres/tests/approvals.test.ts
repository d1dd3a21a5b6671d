import type { JsonObject } from '@ia-modules/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PipelineFixture } from '../src/testing.ts';
import { chainOf, createObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';

const PATIENTLY = { timeout: 10_000 };

let harness: RuntimeHarness;

beforeAll(async () => {
  harness = await openHarness();
  await harness.start(createObservedWork().execute);
});
afterAll(() => harness.close());

type ApprovalRow = { readonly status: string; readonly assignees: readonly string[]; readonly deadlineAt: Date | null };

const approvalOf = async (runId: string): Promise<ApprovalRow | undefined> => {
  const { rows } = await harness.fixtures.pool.query<ApprovalRow>(
    'select key, status, assignees, deadline_at as "deadlineAt", decided_at as "decidedAt" from approvals where run_id = $1',
    [runId],
  );
  return rows[0];
};

const ask = async (input: JsonObject = {}): Promise<{ readonly pipeline: PipelineFixture; readonly runId: string }> => {
  const pipeline = await harness.create(chainOf('asks', [{ id: 'ok', uses: 'human.approval', with: input }]));
  const runId = await harness.fixtures.startRun(pipeline);
  await expect.poll(() => approvalOf(runId), PATIENTLY).toBeDefined();
  return { pipeline, runId };
};

const vote = (by: string, decision: 'approve' | 'reject' = 'approve') =>
  ({ kind: 'decide_approval', payload: { key: 'ok#/', decision, by, roles: [] } }) as const;

const endOf = async (runId: string) => {
  const { status } = await harness.fixtures.untilEnded(runId);
  return { run: status, approval: (await approvalOf(runId))?.status };
};

test('an approval is open until it is approved', async () => {
  const { pipeline, runId } = await ask({ title: 'Ship it?', assignees: ['ann'] });
  expect(await approvalOf(runId)).toMatchObject({
    key: 'ok#/',
    status: 'open',
    assignees: ['ann'],
    deadlineAt: null,
    decidedAt: null,
  });
  await harness.fixtures.tellRun(pipeline, runId, vote('ann'));
  expect(await endOf(runId)).toEqual({ run: 'succeeded', approval: 'approved' });
  expect(await approvalOf(runId)).toMatchObject({ decidedAt: expect.any(Date) });
});

test('one that is rejected fails the run, or goes on where it says so', async () => {
  const [strict, lenient] = [await ask(), await ask({ on_reject: 'continue' })];
  for (const { pipeline, runId } of [strict, lenient]) {
    await harness.fixtures.tellRun(pipeline, runId, vote('ann', 'reject'));
  }
  expect(await endOf(strict.runId)).toEqual({ run: 'failed', approval: 'rejected' });
  expect(await endOf(lenient.runId)).toEqual({ run: 'succeeded', approval: 'rejected' });
});

test('two have to agree where two are asked for, and nobody counts twice', async () => {
  const { pipeline, runId } = await ask({ assignees: ['ann', 'ben'], quorum: 2 });
  for (const by of ['ann', 'ann', 'eve']) await harness.fixtures.tellRun(pipeline, runId, vote(by));
  await expect.poll(() => harness.unanswered(runId), PATIENTLY).toBe(0);
  expect(await approvalOf(runId)).toMatchObject({ status: 'open' });
  await harness.fixtures.tellRun(pipeline, runId, vote('ben'));
  expect(await endOf(runId)).toEqual({ run: 'succeeded', approval: 'approved' });
});

test('its deadline decides as it says', async () => {
  const outcomes = { fail: ['failed', 'expired'], approve: ['succeeded', 'approved'], reject: ['failed', 'rejected'] };
  for (const [onDeadline, [run, approval]] of Object.entries(outcomes)) {
    const { runId } = await ask({ deadline: '30ms', on_deadline: onDeadline });
    expect(await approvalOf(runId)).toMatchObject({ deadlineAt: expect.any(Date) });
    expect(await endOf(runId)).toEqual({ run, approval });
  }
  const { runId } = await ask({ deadline: '30ms', on_deadline: 'reject', on_reject: 'continue' });
  expect(await endOf(runId)).toEqual({ run: 'succeeded', approval: 'rejected' });
});

test('more people are asked when nobody answers', async () => {
  const { pipeline, runId } = await ask({ assignees: ['ann'], escalation: [{ after: '20ms', to: ['boss'] }] });
  await expect.poll(async () => (await approvalOf(runId))?.assignees, PATIENTLY).toEqual(['ann', 'boss']);
  await harness.fixtures.tellRun(pipeline, runId, vote('boss'));
  expect(await endOf(runId)).toEqual({ run: 'succeeded', approval: 'approved' });
});

test('it ends with its run', async () => {
  const { pipeline, runId } = await ask();
  await harness.fixtures.cancelRun(pipeline, runId, 'no longer needed');
  expect(await endOf(runId)).toEqual({ run: 'canceled', approval: 'canceled' });
});
