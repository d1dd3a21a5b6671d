import { compilePipeline } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { createMetrics } from '@ia-modules/telemetry';
import { expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../run/clock.ts';
import { createKeptTallies } from '../metering/kept-tallies.ts';
import type { HotRunServices, RunOutcome } from '../run/hot-run.ts';
import type { RunProgram } from '../run/run-program.ts';
import type { RunStore, StoredRun } from '../run/run-store.ts';
import { SILENT_LOG } from '../runtime-log.ts';
import { RunAdmission } from '../scheduling/run-admission.ts';
import { NO_LIMITS } from '../scheduling/tenant-limits.ts';
import { createContextOptions, NO_LINES } from '../testing/context-fixtures.ts';
import { HotRuns } from './hot-runs.ts';

const RUN: StoredRun = {
  runId: 'run',
  tenantId: 'tenant',
  pipelineId: 'pipeline',
  pipelineName: 'endless',
  pipelineVersionId: 'version',
  status: 'pending',
  parameters: {},
  trigger: {},
  seed: 1,
  lastSeq: 0,
  priority: 0,
  depth: 0,
  parentRunId: null,
  isOrphan: false,
  setup: null,
  originRunId: null,
  recoveries: 0,
  createdAt: new Date(0),
};

const PROGRAM: RunProgram = {
  plan: compilePipeline({ name: 'endless', steps: [{ id: 'only', uses: 'test.endless' }] }),
  pipeline: {},
  resolvedPlugins: {},
};

const STOPPED = new PlatformError({ code: 'IA_RUNTIME_STOPPED', message: 'The runtime stops.' });

const open = () => {
  const loading = Promise.withResolvers<RunProgram>();
  const released = Promise.withResolvers<RunOutcome>();
  const worked: string[] = [];
  const { sharing, children, enter, clock } = createContextOptions({
    executor: { execute: () => Promise.resolve(null) },
    committer: { append: () => Promise.resolve() },
    stored: [],
  });
  const services: HotRunServices = {
    store: {} as RunStore, // a run that nobody has begun has nothing to read
    loadProgram: () => loading.promise,
    committer: { append: () => Promise.resolve(), record: () => Promise.resolve() },
    lines: NO_LINES,
    blobs: undefined,
    executorFor: () => ({
      execute: ({ key }) => {
        worked.push(key);
        return new Promise(() => undefined);
      },
    }),
    childrenOf: () => children,
    enter: (_run, begin) => enter(begin),
    sharing,
    tallies: createKeptTallies(),
    clock,
    metrics: createMetrics(),
    log: SILENT_LOG,
  };
  const limits = { of: () => NO_LIMITS, ofPipeline: () => null };
  const hotRuns = new HotRuns({
    services,
    admission: new RunAdmission({ maxRuns: 8, limits, now: () => SYSTEM_CLOCK.elapsed() }),
    maxRuns: 10,
    maxIdleRuns: 8,
    onFree: () => undefined,
    onReleased: (_run, outcome) => released.resolve(outcome),
  });
  return { hotRuns, loading, worked, released: released.promise };
};

test('a run that is still being read when all are given up does not begin', async () => {
  const { hotRuns, loading, worked, released } = open();
  hotRuns.start(RUN);
  const givenUp = hotRuns.giveUpAll(STOPPED);
  loading.resolve(PROGRAM);
  await givenUp;
  expect(await released).toBe('given_up');
  expect(worked).toEqual([]);
});

test('a run that is started after all were given up does not begin', async () => {
  const { hotRuns, loading, worked, released } = open();
  await hotRuns.giveUpAll(STOPPED);
  hotRuns.start(RUN);
  loading.resolve(PROGRAM);
  expect(await released).toBe('given_up');
  expect(worked).toEqual([]);
  expect(hotRuns.size).toBe(0);
});
