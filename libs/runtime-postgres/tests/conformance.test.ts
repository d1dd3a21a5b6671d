import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { TaskExecutor } from '@ia-modules/engine';
import { type ConformanceHarness, durableContextTestsuite } from '@ia-modules/engine/testing';
import { createRuntime } from '../src/index.ts';
import { createRunFixtures } from '../src/testing.ts';

const startHarness = async (): Promise<ConformanceHarness> => {
  const database: TestDatabase = await createTestDatabase();
  const fixtures = createRunFixtures(database.adminUrl);
  const tenantId = await fixtures.createTenant('conformance');
  const executors = new Map<string, TaskExecutor>();
  const runtime = createRuntime({
    databaseUrl: database.urls.worker,
    executorFor: (run) => ({
      execute: async (request, execution) => {
        const executor = executors.get(run.pipelineVersionId);
        if (executor === undefined) throw new TypeError('This run is not of the suite.');
        return executor.execute(request, execution);
      },
    }),
  });
  await runtime.leading;
  return {
    start: async ({ definition, parameters = {}, executor }) => {
      const pipeline = await fixtures.createPipeline(tenantId, definition);
      executors.set(pipeline.versionId, executor);
      const runId = await fixtures.startRun(pipeline, parameters);
      return {
        cancel: (reason) => fixtures.cancelRun(pipeline, runId, reason),
        finished: async () => {
          await fixtures.untilEnded(runId);
          return fixtures.events(runId);
        },
      };
    },
    close: async () => {
      await runtime.stop();
      await fixtures.close();
      await database.drop();
    },
  };
};

durableContextTestsuite('postgres', startHarness, ['slots', 'cache', 'routers']);
