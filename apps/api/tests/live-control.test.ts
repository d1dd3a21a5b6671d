import type { TaskExecutor } from '@ia-modules/engine';
import { createRuntime, type Runtime } from '@ia-modules/runtime-postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture, runMutation, type TestRun } from './control-fixture.ts';

let fixture: ControlFixture;
let runtime: Runtime;

/** Which steps were worked on, in order, and those that fail the next time. */
const calls: string[] = [];
const broken = new Set<string>();

const executor: TaskExecutor = {
  execute: async ({ stepId, input }, { emitStarted }) => {
    await emitStarted({});
    calls.push(stepId);
    if (broken.delete(stepId)) throw new Error(`${stepId} is broken`);
    return input;
  },
};

beforeAll(async () => {
  fixture = await createControlFixture();
  runtime = createRuntime({ databaseUrl: fixture.database.urls.worker, executorFor: () => executor });
  await runtime.leading;
});

afterAll(async () => {
  await runtime?.stop();
  await fixture?.close();
});

const call = (id: string) => ({ id, uses: 'http.request', with: { url: `https://example.com/${id}` }, timeout: '5s' });

const startOf = async (definition: object): Promise<TestRun> => fixture.start(await fixture.createPipeline(definition));

const tell = async (name: string, input: object) => (await fixture.ask(runMutation(name), { input }))[name];

const LOOK = `query ($id: ID!) { node(id: $id) { ... on Run { status waitReason outputs waiting { reason stepId detail }
  approvals { nodes { id status votes { decision } } } children { nodes { id status parent { id } } } } } }`;
const look = async (id: string) => (await fixture.ask(LOOK, { id }))['node'];

const PATIENCE = { timeout: 15_000 };

it('an approval goes from the worker to a person and back', async () => {
  const run = await startOf({
    steps: [{ id: 'ask', uses: 'human.approval', with: { title: 'Go?' } }],
    outputs: { approved: '{{ steps.ask.output.approved }}' },
  });
  await expect
    .poll(() => look(run.id), PATIENCE)
    .toMatchObject({ status: 'waiting', waitReason: 'approval', approvals: { nodes: [{ status: 'open' }] } });
  const approvalId = (await look(run.id)).approvals.nodes[0].id;
  const decide = `mutation ($id: ID!) { decideApproval(input: { approvalId: $id, decision: APPROVE }) { kind: __typename } }`;
  expect((await fixture.ask(decide, { id: approvalId }))['decideApproval'].kind).toBe('DecideApprovalSuccess');
  await expect
    .poll(() => look(run.id), PATIENCE)
    .toMatchObject({
      status: 'succeeded',
      outputs: { approved: true },
      approvals: { nodes: [{ status: 'approved', votes: [{ decision: 'APPROVE' }] }] },
    });
});

it('a paused run takes a signal and goes on when it is resumed', async () => {
  const run = await startOf({
    steps: [{ id: 'wait', uses: 'core.wait', with: { signal: 'go' } }, call('after')],
    flow: { transitions: [{ from: 'wait', to: 'after' }] },
  });
  await expect.poll(() => look(run.id), PATIENCE).toMatchObject({ waitReason: 'signal' });
  await tell('pauseRun', { runId: run.id });
  await expect.poll(() => look(run.id), PATIENCE).toMatchObject({ status: 'waiting', waitReason: 'paused' });
  await tell('signalRun', { runId: run.id, name: 'go' });
  await tell('resumeRun', { runId: run.id });
  await expect.poll(() => look(run.id), PATIENCE).toMatchObject({ status: 'succeeded' });
});

it('a retry repeats what was done and does the rest', async () => {
  broken.add('flaky');
  const run = await startOf({
    steps: [call('steady'), call('flaky')],
    flow: { transitions: [{ from: 'steady', to: 'flaky' }] },
  });
  await expect.poll(() => look(run.id), PATIENCE).toMatchObject({ status: 'failed' });
  const before = calls.length;
  const retried = await tell('retryRun', { runId: run.id });
  await expect.poll(() => look(retried.run.id), PATIENCE).toMatchObject({ status: 'succeeded' });
  expect(calls.slice(before)).toEqual(['flaky']);
  const forked = await tell('forkRun', {
    runId: retried.run.id,
    stepId: 'flaky',
    mocks: [{ stepId: 'flaky', result: { output: 'mocked' } }],
  });
  await expect.poll(() => look(forked.run.id), PATIENCE).toMatchObject({ status: 'succeeded' });
  const query = `query ($id: ID!) { node(id: $id) { ... on Run { evaluate(expression: "steps.flaky.output") } } }`;
  expect((await fixture.ask(query, { id: forked.run.id }))['node'].evaluate).toBe('mocked');
  expect(calls.length).toBe(before + 1);
});

it('a run that is debugged from its start stops, is changed and goes on', async () => {
  const pipelineId = await fixture.createPipeline({
    steps: [
      { id: 'first', uses: 'core.noop', with: { n: 1 } },
      { id: 'second', uses: 'core.noop', with: { n: '{{ steps.first.output.n }}' } },
    ],
    flow: { transitions: [{ from: 'first', to: 'second' }] },
    outputs: { n: '{{ steps.second.output.n }}' },
  });
  const { run } = await tell('startRun', { pipelineId, debug: { breakpoints: { steps: ['second'] } } });
  await expect
    .poll(() => look(run.id), PATIENCE)
    .toMatchObject({ waitReason: 'breakpoint', waiting: [{ reason: 'breakpoint', stepId: 'second' }] });
  const setVariable = { path: 'steps.first.output.n', value: 41 };
  await tell('debugRun', { runId: run.id, command: { setVariable } });
  await tell('debugRun', { runId: run.id, command: { continue: true } });
  await expect.poll(() => look(run.id), PATIENCE).toMatchObject({ status: 'succeeded', outputs: { n: 41 } });
});

it('a sub-pipeline is a run below the one that waits for it', async () => {
  await fixture.createPipeline({
    name: 'child',
    steps: [{ id: 'wait', uses: 'core.wait', with: { signal: 'go' } }],
  });
  const run = await startOf({ steps: [{ id: 'sub', uses: 'pipeline:child' }] });
  await expect
    .poll(() => look(run.id), PATIENCE)
    .toMatchObject({
      waiting: [{ reason: 'child', stepId: 'sub', detail: { attempt: 1 } }],
      children: { nodes: [{ status: 'waiting', parent: { id: run.id } }] },
    });
  const { waiting, children } = await look(run.id);
  expect(Buffer.from(children.nodes[0].id, 'base64url').toString()).toContain(waiting[0].detail.run);
  await tell('cancelRun', { runId: run.id });
  await expect
    .poll(() => look(run.id), PATIENCE)
    .toMatchObject({ status: 'canceled', children: { nodes: [{ status: 'canceled' }] } });
});
