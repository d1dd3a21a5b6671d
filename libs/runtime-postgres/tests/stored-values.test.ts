import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BlobStore, createFolderBlobStore } from '@ia-modules/blobs';
import type { Json } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chainOf, createObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';

const PATIENTLY = { timeout: 20_000 };
const MEBIBYTE = 'x'.repeat(1_024 * 1_024);

let harness: RuntimeHarness;
let folder: string;
let blobs: BlobStore;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stored-'));
  blobs = createFolderBlobStore({ folder });
});
afterEach(async () => {
  await harness.stopAll();
  await rm(folder, { recursive: true });
});

const start = (value: Json, store: BlobStore = blobs) => {
  const work = createObservedWork();
  return harness.start(
    (request, execution) => (request.uses === 'test.make' ? Promise.resolve(value) : work.execute(request, execution)),
    { blobs: store, maxIdleRuns: 0 },
  );
};

const MAKE = { id: 'make', uses: 'test.make' };
const WAIT = { id: 'w', uses: 'core.wait', with: { signal: 'go' } };
const SIGNAL = { kind: 'signal', payload: { name: 'go', payload: null } } as const;
const MEASURED = chainOf(
  'measured',
  [MAKE, WAIT, { id: 'measure', uses: 'test.echo', with: { chars: '{{ size(steps.make.output.text) }}' } }],
  { outputs: { chars: '{{ steps.measure.output.chars }}' } },
);

const parkMeasured = async () => {
  const pipeline = await harness.create(MEASURED);
  const runId = await harness.fixtures.startRun(pipeline);
  await harness.untilParked(runId);
  return { pipeline, runId };
};

test('a large output is read again after a restart', async () => {
  await start({ text: MEBIBYTE });
  const { pipeline, runId } = await parkMeasured();
  const { rows } = await harness.fixtures.pool.query<{ chars: number }>(
    'select sum(length(events::text))::int as chars from run_event_chunks where run_id = $1',
    [runId],
  );
  expect(rows[0]?.chars).toBeLessThan(10_000);
  await harness.stopAll();
  await start(null);
  await harness.fixtures.tellRun(pipeline, runId, SIGNAL);
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ outputs: { chars: MEBIBYTE.length } });
});

test('a run whose large value is lost fails, and says which', async () => {
  await start({ text: MEBIBYTE });
  const { pipeline, runId } = await parkMeasured();
  await blobs.delete(`${harness.tenantId}/${runId}`);
  await harness.fixtures.tellRun(pipeline, runId, SIGNAL);
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({
    status: 'failed',
    error: { code: 'IA_BLOB_MISSING', message: expect.stringContaining(runId) },
  });
});

test('an output that only looks like a reference stays what it is', async () => {
  const lookalike = { $blob: { sha256: 'a'.repeat(64), bytes: 300_000 } };
  await start(lookalike);
  const definition = chainOf('lookalike', [MAKE, WAIT], { outputs: { $blob: lookalike.$blob } });
  const pipeline = await harness.fixtures.createPipeline(harness.tenantId, definition, { name: 'lookalike' });
  const above = await harness.create(
    chainOf('above-lookalike', [{ id: 'sub', uses: 'pipeline:lookalike' }], {
      outputs: { sub: '{{ steps.sub.output }}' },
    }),
  );
  const runId = await harness.fixtures.startRun(above);
  const childOf = async (): Promise<string | undefined> =>
    (await harness.fixtures.pool.query<{ id: string }>('select id from runs where parent_run_id = $1', [runId])).rows[0]
      ?.id;
  await expect.poll(childOf, PATIENTLY).toBeDefined();
  const childId = (await childOf()) ?? '';
  await harness.untilParked(childId);
  await harness.stopAll();
  await start(null);
  await harness.fixtures.tellRun(pipeline, childId, SIGNAL);
  expect(await harness.fixtures.untilEnded(childId)).toMatchObject({ outputs: lookalike });
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ outputs: { sub: lookalike } });
});

test('while the outputs of a sub-pipeline can not be read, its run waits and all others are answered', async () => {
  let isAway = false;
  let refusals = 0;
  const get = (key: string): Promise<Uint8Array | undefined> => {
    if (!isAway) return blobs.get(key);
    refusals += 1;
    return Promise.reject(
      new PlatformError({ code: 'IA_BLOB_UNAVAILABLE', message: 'away', fault: 'infra', disposition: 'retry' }),
    );
  };
  await start({ text: MEBIBYTE }, { ...blobs, get });
  const large = chainOf('large', [MAKE], { outputs: { text: '{{ steps.make.output.text }}' } });
  await harness.fixtures.createPipeline(harness.tenantId, large, { name: 'large-below' });
  const above = await harness.create(
    chainOf('above-large', [{ id: 'sub', uses: 'pipeline:large-below' }], {
      outputs: { chars: '{{ size(steps.sub.output.text) }}' },
    }),
  );
  const other = await harness.create(chainOf('other', [WAIT]));
  const otherId = await harness.fixtures.startRun(other);
  await harness.untilParked(otherId);
  isAway = true;
  const runId = await harness.fixtures.startRun(above);
  await expect.poll(() => refusals, PATIENTLY).toBeGreaterThan(0);
  await harness.fixtures.tellRun(other, otherId, SIGNAL);
  expect(await harness.fixtures.untilEnded(otherId)).toMatchObject({ status: 'succeeded' });
  isAway = false;
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ outputs: { chars: MEBIBYTE.length } });
});

test('outputs of a sub-pipeline that are gone fail the step, and nothing passes for them', async () => {
  await start({ text: MEBIBYTE }, { ...blobs, get: () => Promise.resolve(undefined) });
  const large = chainOf('large', [MAKE], { outputs: { text: '{{ steps.make.output.text }}' } });
  await harness.fixtures.createPipeline(harness.tenantId, large, { name: 'lost-below' });
  const above = await harness.create(chainOf('above-lost', [{ id: 'sub', uses: 'pipeline:lost-below' }]));
  const runId = await harness.fixtures.startRun(above);
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({
    status: 'failed',
    error: { code: 'IA_SUBPIPELINE_FAILED', details: { code: 'IA_BLOB_MISSING' } },
  });
});
