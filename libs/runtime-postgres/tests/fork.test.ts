import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFolderBlobStore } from '@ia-modules/blobs';
import type { ForkPoint, JsonObject } from '@ia-modules/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PipelineFixture } from '../src/testing.ts';
import { chainOf, createObservedWork, type ObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';

let harness: RuntimeHarness;
let work: ObservedWork;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
beforeEach(() => {
  work = createObservedWork();
});
afterEach(() => harness.stopAll());

const LINE = chainOf(
  'line',
  [
    { id: 'a', uses: 'test.echo', with: { n: '{{ parameters.n }}' } },
    { id: 'b', uses: 'test.echo', with: { n: '{{ steps.a.output.n + 1 }}' } },
    { id: 'c', uses: 'test.echo', with: { n: '{{ steps.b.output.n * 10 }}' } },
  ],
  {
    parameters: { type: 'object', properties: { n: { type: 'integer' } } },
    outputs: { b: '{{ steps.b.output.n }}', c: '{{ steps.c.output.n }}' },
  },
);

const fork = (pipeline: PipelineFixture, runId: string, point: ForkPoint, parameters: JsonObject = { n: 1 }) =>
  harness.startRun(pipeline, { parameters, origin: { kind: 'fork', runId }, setup: { fork: point } });

const endedLine = async () => {
  const pipeline = await harness.create(LINE);
  const runId = await harness.startRun(pipeline, { parameters: { n: 1 } });
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ outputs: { b: 2, c: 20 } });
  return { pipeline, runId };
};

describe('a fork', () => {
  test('repeats what came before, and goes its own way from the step that is edited', async () => {
    await harness.start(work.execute);
    const { pipeline, runId } = await endedLine();
    const forkId = await fork(pipeline, runId, { stepId: 'b', input: { n: 100 } });
    expect(await harness.fixtures.untilEnded(forkId)).toMatchObject({
      status: 'succeeded',
      outputs: { b: 100, c: 1_000 },
    });
    expect(work.stepsOf(forkId)).toEqual(['b', 'c']);
    expect((await harness.fixtures.events(forkId)).map(({ seq }) => seq)).toEqual(
      (await harness.fixtures.events(forkId)).map((_, index) => index + 1),
    );
  });

  test('of a fork keeps what that changed', async () => {
    await harness.start(work.execute);
    const { pipeline, runId } = await endedLine();
    const first = await fork(pipeline, runId, { stepId: 'b', input: { n: 100 } });
    await harness.fixtures.untilEnded(first);
    const second = await fork(pipeline, first, { stepId: 'c', variables: { 'steps.b.output.n': 7 } });
    expect(await harness.fixtures.untilEnded(second)).toMatchObject({ outputs: { b: 7, c: 70 } });
    const third = await fork(pipeline, first, { stepId: 'c' });
    expect(await harness.fixtures.untilEnded(third)).toMatchObject({ outputs: { b: 100, c: 1_000 } });
    expect(work.stepsOf(third)).toEqual(['c']);
  });

  test('goes on after a restart as a run of its own', async () => {
    const definition = chainOf('held', [
      { id: 'a', uses: 'test.echo', with: { n: 1 } },
      { id: 'b', uses: 'test.hold' },
    ]);
    await harness.start(work.execute);
    const pipeline = await harness.create(definition);
    const runId = await harness.fixtures.startRun(pipeline);
    await work.letGo(runId);
    await harness.fixtures.untilEnded(runId);
    const forkId = await fork(pipeline, runId, { stepId: 'b' });
    await work.untilHeld(forkId);
    await harness.stopAll();
    await harness.fixtures.pool.query('delete from run_event_chunks where run_id = $1', [runId]);
    await harness.start(work.execute);
    await work.letGo(forkId);
    expect(await harness.fixtures.untilEnded(forkId)).toMatchObject({ status: 'succeeded' });
    expect(new Set(work.stepsOf(forkId))).toEqual(new Set(['b']));
  });

  test('of a run whose log is not kept fails, and says why', async () => {
    await harness.start(work.execute);
    const { pipeline, runId } = await endedLine();
    await harness.fixtures.pool.query('delete from run_event_chunks where run_id = $1', [runId]);
    const forkId = await fork(pipeline, runId, { stepId: 'b' });
    expect(await harness.fixtures.untilEnded(forkId)).toMatchObject({
      status: 'failed',
      error: { code: 'IA_RUN_PRUNED' },
    });
  });

  test('from a step that never began fails, and says why', async () => {
    await harness.start(work.execute);
    const { pipeline, runId } = await endedLine();
    const forkId = await fork(pipeline, runId, { stepId: 'zzz' });
    expect(await harness.fixtures.untilEnded(forkId)).toMatchObject({ error: { code: 'IA_RUN_FORK' } });
  });

  test('has the large values of the run that it repeats', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fork-'));
    const blobs = createFolderBlobStore({ folder });
    const text = 'x'.repeat(400 * 1_024);
    await harness.start(
      async (request, execution) => (request.stepId === 'a' ? { text } : work.execute(request, execution)),
      { blobs },
    );
    const definition = chainOf(
      'large',
      [
        { id: 'a', uses: 'test.make' },
        { id: 'b', uses: 'test.echo', with: { chars: '{{ size(steps.a.output.text) }}' } },
      ],
      { outputs: { chars: '{{ steps.b.output.chars }}', text: '{{ steps.a.output.text }}' } },
    );
    const pipeline = await harness.create(definition);
    const runId = await harness.fixtures.startRun(pipeline);
    await harness.fixtures.untilEnded(runId);
    const forkId = await fork(pipeline, runId, { stepId: 'b' });
    expect(await harness.fixtures.untilEnded(forkId)).toMatchObject({ status: 'succeeded' });
    expect(work.calls.at(-1)?.input).toEqual({ chars: text.length });
    await blobs.delete(`${harness.tenantId}/${runId}`);
    const again = await fork(pipeline, forkId, { stepId: 'b' });
    expect(await harness.fixtures.untilEnded(again)).toMatchObject({ status: 'succeeded' });
    await rm(folder, { recursive: true });
  });
});

test('a retry goes on from the step that failed', async () => {
  let isBroken = true;
  await harness.start((request, execution) => {
    const uses = isBroken && request.stepId === 'b' ? 'test.fail' : request.uses;
    return work.execute({ ...request, uses }, execution);
  });
  const pipeline = await harness.create(LINE);
  const runId = await harness.startRun(pipeline, { parameters: { n: 1 } });
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'failed' });
  isBroken = false;
  const retried = await harness.startRun(pipeline, {
    parameters: { n: 1 },
    origin: { kind: 'retry', runId },
    setup: { fork: { stepId: 'b' } },
  });
  expect(await harness.fixtures.untilEnded(retried)).toMatchObject({ status: 'succeeded', outputs: { b: 2, c: 20 } });
  expect(work.stepsOf(retried)).toEqual(['b', 'c']);
});

test('a replay does everything anew', async () => {
  await harness.start(work.execute);
  const { pipeline, runId } = await endedLine();
  const replayed = await harness.startRun(pipeline, { parameters: { n: 1 }, origin: { kind: 'replay', runId } });
  expect(await harness.fixtures.untilEnded(replayed)).toMatchObject({ outputs: { b: 2, c: 20 } });
  expect(work.stepsOf(replayed)).toEqual(['a', 'b', 'c']);
});
