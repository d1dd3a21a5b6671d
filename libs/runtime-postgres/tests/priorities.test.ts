import { afterAll, beforeAll, expect, test } from 'vitest';
import { chainOf, createObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';

let harness: RuntimeHarness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

test('of the runs that wait for a place the one with the highest priority begins first', async () => {
  const work = createObservedWork();
  await harness.start(work.execute, { maxConcurrentRuns: 1 });
  const pipeline = await harness.create(chainOf('held', [{ id: 'a', uses: 'test.hold' }]));
  const first = await harness.startRun(pipeline);
  await work.untilHeld(first);
  const waiting = new Map<number, string>();
  for (const priority of [0, -50, 100]) waiting.set(priority, await harness.startRun(pipeline, { priority }));
  await work.letGo(first);
  for (const priority of [100, 0, -50]) {
    const runId = waiting.get(priority) ?? '';
    await work.letGo(runId);
    await harness.fixtures.untilEnded(runId);
  }
  expect(work.calls.map(({ idempotencyKey }) => idempotencyKey.split('/')[0])).toEqual([
    first,
    waiting.get(100),
    waiting.get(0),
    waiting.get(-50),
  ]);
});
