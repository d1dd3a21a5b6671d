import { randomUUID } from 'node:crypto';
import type { ChildRequest } from '@ia-modules/engine';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createChildStarter } from '../src/children/child-runs.ts';
import { createPool } from '../src/database/create-pool.ts';
import { createRunStore } from '../src/run/run-store.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing/run-fixtures.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
let pool: Pool;
let pipeline: PipelineFixture;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  pool = createPool({ url: database.urls.worker, applicationName: 'test', maxConnections: 2 });
  const definition = { name: 'again', steps: [{ id: 'only', uses: 'core.noop' }] };
  pipeline = await fixtures.createPipeline(await fixtures.createTenant('acme'), definition, { name: 'again' });
});

afterAll(async () => {
  await pool?.end();
  await fixtures?.close();
  await database?.drop();
});

const request = (key: string, depth: number): ChildRequest => ({
  key,
  stepId: 'sub',
  pipeline: 'again',
  range: '*',
  parameters: {},
  depth,
  maxDepth: 32,
});

it('lets sub-pipelines multiply only as long as few runs wait to begin', async () => {
  const runId = await fixtures.startRun(pipeline);
  const [parent] = await createRunStore(pool).readRuns([{ tenantId: pipeline.tenantId, runId }]);
  if (parent === undefined) throw new Error('The run is not stored.');
  const starter = createChildStarter(pool, parent, 3);
  const start = (key: string, depth: number) => starter.start(request(key, depth), new AbortController().signal);
  expect(await start('a', 2)).toBeUndefined();
  expect(await start('b', 2)).toBeUndefined();
  expect(await start('c', 2)).toMatchObject({
    code: 'IA_SUBPIPELINE_FAILED',
    message: "The sub-pipeline 'again' is not started: 3 runs of the tenant wait to begin already.",
  });
  expect(await start('a', 2)).toBeUndefined();
  expect(await start(randomUUID(), 1)).toBeUndefined();
});
