import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { GapMessage, RunEventMessage } from '@ia-modules/dev/api-client';
import { EffectsServer } from './effects-server.ts';
import { createPipeline, readRun, signInDemoOwner, startRun, type TenantOwner } from './tenants.ts';

const platform = inject('platform');
const effects = new EffectsServer();
let owner: TenantOwner;
let branchingRunId: string;
let loopingRunId: string;

const request = (path: string) => ({
  uses: 'http.request',
  with: { url: `http://localhost:${platform.effectsPort}${path}`, method: 'POST', body: {} },
  timeout: '1m',
});
const call = (id: string) => ({ id, ...request(`/${id}`) });

const BRANCHING = {
  name: 'crash-course',
  steps: [call('before'), call('during'), call('beside'), { ...call('after'), join: 'all' }],
  flow: {
    transitions: [
      { from: 'before', to: 'during' },
      { from: 'before', to: 'beside' },
      { from: 'during', to: 'after' },
      { from: 'beside', to: 'after' },
    ],
  },
  outputs: { last: '{{ steps.after.output.body.path }}' },
};

/** Two rounds over three items under a limit, then a failure that undoes the first step. */
const LOOPING = {
  name: 'crash-rounds',
  steps: [
    { ...call('reserve'), compensate: request('/give-back') },
    {
      id: 'each',
      for_each: { items: [0, 1, 2] },
      concurrency: { key: 'crash-rounds' },
      ...request('/item/{{ iteration }}/{{ item }}'),
    },
    { id: 'fail', uses: 'core.fail', with: { message: 'sold out' } },
  ],
  flow: {
    transitions: [
      { from: 'reserve', to: 'each' },
      { from: 'each', to: 'each', loop: { max_iterations: 2 } },
      { from: 'each', to: 'fail' },
    ],
    on_failure: 'compensate',
  },
};

beforeAll(async () => {
  await effects.listen(platform.effectsPort);
  owner = await signInDemoOwner(platform);
  const [isDuring, isInSecondRound] = [effects.hold('/during'), effects.hold('/item/2/1')];
  branchingRunId = await startRun(owner, await createPipeline(owner, BRANCHING));
  loopingRunId = await startRun(owner, await createPipeline(owner, LOOPING));
  await Promise.all([isDuring, isInSecondRound, untilRecorded(branchingRunId, 'beside')]);
  process.kill(platform.workerPid, 'SIGKILL');
});

afterAll(() => effects.close());

test('a run outlives a worker that is killed in the middle of a step', async () => {
  const events = await followToEnd(branchingRunId);

  expect(await readRun(owner, branchingRunId)).toMatchObject({ status: 'succeeded', outputs: { last: '/after' } });
  const succeeded = events.flatMap(({ type, stepId }) => (type === 'step_succeeded' ? [stepId] : []));
  expect(succeeded).toHaveLength(4);
  expect(new Set(succeeded)).toEqual(new Set(['after', 'before', 'beside', 'during']));

  // What was recorded before the crash was not done again; what was cut off was, under the same key.
  for (const path of ['/before', '/beside', '/after']) expect(effects.callsTo(path)).toHaveLength(1);
  expectRepeated('/during');
});

test('a pipeline with a loop and a map survives a worker crash', async () => {
  const events = await followToEnd(loopingRunId);

  expect(await readRun(owner, loopingRunId)).toMatchObject({
    status: 'failed',
    steps: { reserve: 'succeeded', each: 'succeeded', fail: 'failed' },
  });
  expect(events.filter(({ type }) => type === 'item_succeeded')).toHaveLength(6);
  expect(events.at(-1)?.data).toMatchObject({ compensations: [{ stepId: 'reserve', status: 'succeeded' }] });

  for (const path of ['/reserve', '/item/1/0', '/item/1/1', '/item/1/2', '/item/2/0', '/item/2/2', '/give-back']) {
    expect(effects.callsTo(path)).toHaveLength(1);
  }
  expectRepeated('/item/2/1');
  const keys = effects.calls.map(({ idempotencyKey }) => idempotencyKey);
  expect(new Set(keys).size).toBe(keys.length - 2);
});

/** The whole log of a run that ends, which has every event once and in order. */
async function followToEnd(runId: string): Promise<RunEventMessage[]> {
  const messages: (RunEventMessage | GapMessage)[] = [];
  for await (const message of owner.client.followRun(runId)) messages.push(message);
  const events = messages.flatMap((message) => (message.kind === 'RunEvent' ? [message] : []));
  expect(messages).toHaveLength(events.length);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  return events;
}

function expectRepeated(path: string): void {
  const [first, second, ...more] = effects.callsTo(path);
  expect(more).toEqual([]);
  expect(first?.idempotencyKey).toBeTruthy();
  expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
}

async function untilRecorded(runId: string, stepId: string): Promise<void> {
  for await (const event of owner.client.followRun(runId)) {
    if (event.kind === 'RunEvent' && event.type === 'step_succeeded' && event.stepId === stepId) return;
  }
}
