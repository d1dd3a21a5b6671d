import { randomUUID } from 'node:crypto';
import { startTestApi } from '@ia-modules/api/testing';
import { createApiClient } from '@ia-modules/dev/api-client';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { seedTenant } from '@ia-modules/database/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createOnePipeline, startRun } from './harness/api-calls.ts';
import { openChaos } from './harness/chaos.ts';
import { logProblems } from './harness/judge-runs.ts';
import { report, TIMEOUT_MS, times } from './harness/profile.ts';

const KEYS = times({ short: 2, long: 20 });
const STARTS = times({ short: 20, long: 100 });

test(`${STARTS} starts at once under one key make one run, ${KEYS} times`, { timeout: TIMEOUT_MS }, async () => {
  const { database, fixtures, startWorker } = await openChaos({ pipelines: [] });
  const api = await startTestApi(database);
  onTestFinished(() => api.close());
  const worker = startWorker();
  const tenant = await seedTenant(database, { slug: 'chaos-starts', name: 'Starts' });
  const client = createApiClient(api.graphqlUrl, await tenant.apiToken(TOKEN_SCOPES));
  const pipelineId = await createOnePipeline(client, 'chaos-starts');
  await worker.leading;

  for (let key = 0; key < KEYS; key += 1) {
    const input = { pipelineId, idempotencyKey: randomUUID() };
    const starts = Array.from({ length: STARTS }, () => startRun(client, input));
    expect(new Set(await Promise.all(starts)).size).toBe(1);
  }

  const { rows } = await fixtures.pool.query<{ id: string }>('select id from runs');
  expect(rows).toHaveLength(KEYS);
  for (const { id } of rows) {
    const row = await fixtures.untilEnded(id);
    expect(row).toMatchObject({ status: 'succeeded' });
    expect(logProblems(row, await fixtures.events(id))).toEqual([]);
  }
  report('starts under one key', { keys: KEYS, 'starts each': STARTS, runs: rows.length });
});
