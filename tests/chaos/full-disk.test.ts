import { startTestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { seedTenant } from '@ia-modules/database/testing';
import { createApiClient } from '@ia-modules/dev/api-client';
import { expect, onTestFinished, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { createOnePipeline, startUntilRefused } from './harness/api-calls.ts';
import { judgeRuns } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';
import { canHaveSmallDisk, startSmallDisk } from './harness/small-disk.ts';

const ROUNDS = times({ short: 1, long: 5 });
const OPEN_RUNS = 20;
const DISK_FULL = '53100';
const API_CODE = 'IA_DATABASE_FULL';

test.skipIf(!canHaveSmallDisk())(
  `a full disk is said to be one, and work goes on when there is room, ${ROUNDS} times`,
  { timeout: TIMEOUT_MS },
  async () => {
    const disk = await startSmallDisk();
    const { database, fixtures, journal, load, startWorker } = await openChaos({ database: disk.database });
    const api = await startTestApi(database);
    onTestFinished(() => api.close());
    const tenant = await seedTenant(database, { slug: 'chaos-disk', name: 'Disk' });
    const token = await tenant.apiToken(TOKEN_SCOPES);
    const pipelineId = await createOnePipeline(createApiClient(api.graphqlUrl, token), 'chaos-disk');
    const worker = startWorker();
    await worker.leading;
    const done = new AbortController();
    const loading = load.keepOpen(OPEN_RUNS, done.signal);

    for (let round = 0; round < ROUNDS; round += 1) {
      await disk.fill();
      await load.startUntilRefused();
      expect(await startUntilRefused({ graphqlUrl: api.graphqlUrl, token, pipelineId })).toBe(API_CODE);
      await disk.makeRoom();
      await load.untilStarted();
    }
    done.abort();
    await loading;
    await load.untilEnded();

    expect(await judgeRuns({ fixtures, journal, ...load }), `seed ${seed}`).toEqual([]);
    expect([...load.refusals]).toContain(DISK_FULL);
    report('disk full', { rounds: ROUNDS, runs: load.acknowledged.length, 'starts refused': load.unclear.length });
  },
);
