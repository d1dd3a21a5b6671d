import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { parseUses, type PipelineDefinition, type RunCommand, type TaskExecutor } from '@ia-modules/engine';
import { type ConformanceHarness, durableContextTestsuite } from '@ia-modules/engine/testing';
import { createRuntime, type InboxCommandKind, type InboxPayload } from '../src/index.ts';
import { createRunFixtures } from '../src/testing.ts';

const startHarness = async (): Promise<ConformanceHarness> => {
  const database: TestDatabase = await createTestDatabase();
  const fixtures = createRunFixtures(database.adminUrl);
  let tenants = 0;
  const executors = new Map<string, TaskExecutor>();
  const runtime = createRuntime({
    databaseUrl: database.urls.worker,
    executorFor: (run) => ({
      execute: async (request, execution) => {
        const executor = executors.get(run.tenantId);
        if (executor === undefined) throw new TypeError('This run is not of the suite.');
        return executor.execute(request, execution);
      },
    }),
  });
  await runtime.leading;
  return {
    start: async ({ definition, parameters = {}, executor, pipelines }) => {
      const tenantId = await fixtures.createTenant(`conformance-${(tenants += 1)}`);
      const pipeline = await fixtures.createPipeline(tenantId, definition);
      executors.set(tenantId, executor);
      for (const name of subPipelinesOf(definition)) {
        const child = pipelines.find(name, '*');
        if (child !== undefined) await fixtures.createPipeline(tenantId, child, { name, version: '1.0.0' });
      }
      const runId = await fixtures.startRun(pipeline, parameters);
      return {
        cancel: (reason) => fixtures.cancelRun(pipeline, runId, reason),
        send: (command) => fixtures.tellRun(pipeline, runId, toInboxCommand(command)),
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

const subPipelinesOf = ({ steps }: PipelineDefinition): string[] =>
  steps.flatMap(({ uses }) => {
    const parsed = parseUses(uses);
    return parsed?.kind === 'pipeline' ? [parsed.name] : [];
  });

type Inbox = { [K in InboxCommandKind]: { readonly kind: K; readonly payload: InboxPayload[K] } }[InboxCommandKind];

const toInboxCommand = (command: RunCommand): Inbox => {
  switch (command.kind) {
    case 'cancel_requested':
      return { kind: 'cancel', payload: { reason: command.reason } };
    case 'pause_requested':
      return { kind: 'pause', payload: {} };
    case 'resume_requested':
      return { kind: 'resume', payload: {} };
    case 'budget_raised': {
      const { kind: _kind, by: _by, ...payload } = command;
      return { kind: 'raise_budget', payload };
    }
    case 'signal_received': {
      const { kind: _kind, ...payload } = command;
      return { kind: 'signal', payload };
    }
    case 'approval_decided': {
      const { kind: _kind, ...payload } = command;
      return { kind: 'decide_approval', payload };
    }
    case 'effect_decided': {
      const { kind: _kind, by: _by, ...payload } = command;
      return { kind: 'decide_effect', payload };
    }
    default:
      return { kind: 'debug', payload: { command: command.command } };
  }
};

durableContextTestsuite('postgres', startHarness, ['commands', 'children', 'slots', 'cache', 'routers']);
