import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { EffectsServer } from './effects-server.ts';
import { createPipeline, readRun, signInDemoOwner, startRun, type TenantOwner } from './tenants.ts';

const platform = inject('platform');
const effects = new EffectsServer();
let owner: TenantOwner;

beforeAll(async () => {
  await effects.listen(platform.effectsPort);
  owner = await signInDemoOwner(platform);
});

afterAll(() => effects.close());

const call = (id: string) => ({
  id,
  uses: 'http.request',
  with: { url: `http://localhost:${platform.effectsPort}/${id}`, method: 'POST', body: { step: id } },
});

test('a run outlives a worker that is killed in the middle of a step', async () => {
  const pipelineId = await createPipeline(owner, {
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
  });
  const isDuring = effects.hold('/during');
  const runId = await startRun(owner, pipelineId);
  await isDuring;
  await untilRecorded(runId, 'beside');
  process.kill(platform.workerPid, 'SIGKILL');

  const events = [];
  for await (const event of owner.client.followRun(runId)) events.push(event);

  expect(await readRun(owner, runId)).toMatchObject({ status: 'succeeded', outputs: { last: '/after' } });
  expect(events.map((event) => (event.kind === 'RunEvent' ? event.seq : 'gap'))).toEqual(
    events.map((_, index) => index + 1),
  );
  const succeeded = events.flatMap((event) =>
    event.kind === 'RunEvent' && event.type === 'step_succeeded' ? [event.stepId] : [],
  );
  expect(succeeded).toHaveLength(4);
  expect(new Set(succeeded)).toEqual(new Set(['after', 'before', 'beside', 'during']));

  // What was recorded before the crash was not done again; what was cut off was, under the same key.
  expect(effects.callsTo('/before')).toHaveLength(1);
  expect(effects.callsTo('/beside')).toHaveLength(1);
  expect(effects.callsTo('/after')).toHaveLength(1);
  const [first, second, ...more] = effects.callsTo('/during');
  expect(more).toEqual([]);
  expect(first?.idempotencyKey).toBeTruthy();
  expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
});

async function untilRecorded(runId: string, stepId: string): Promise<void> {
  for await (const event of owner.client.followRun(runId)) {
    if (event.kind === 'RunEvent' && event.type === 'step_succeeded' && event.stepId === stepId) return;
  }
}
