import { setImmediate as nextTurn } from 'node:timers/promises';

import { createRuntime, type Runtime } from '@ia-modules/runtime-postgres';
import type { RunFixtures } from '@ia-modules/runtime-postgres/testing';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { logProblems } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';
import { expectedOutcome, type Outcome, succeededKeys } from './load/expected-outcome.ts';
import { outcomeOf } from './load/outcome-of.ts';
import { arbitraryPipeline } from './property/arbitrary-pipeline.ts';

const CASES = times({ short: 40, long: 600 });

/** What happens when so many further attempts have begun. */
const fault = fc.record({
  kind: fc.constantFrom('stop' as const, 'steal' as const),
  attempts: fc.integer({ min: 1, max: 6 }),
});
type Fault = typeof fault extends fc.Arbitrary<infer T> ? T : never;

test(`${CASES} random pipelines come to what they come to in memory, whatever befalls their runtime`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const { database, fixtures } = await openChaos({ pipelines: [] });
  const tenantId = await fixtures.createTenant('chaos-random');
  const faulty = startFaultyRuntime(database.urls.worker, fixtures);
  onTestFinished(() => faulty.stop());
  let faults = 0;
  const ends: Record<string, number> = {};

  await fc.assert(
    fc.asyncProperty(arbitraryPipeline, fc.array(fault, { maxLength: 4 }), async (definition, planned) => {
      const expected = await expectedOutcome(definition, {});
      faulty.plan(planned);
      const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, definition));
      const actual = await outcomeIn(fixtures, runId);
      ends[expected.status] = (ends[expected.status] ?? 0) + 1;
      faults += planned.length - faulty.left();
      expect(comparable(actual.outcome)).toEqual(comparable(expected));
      expect(actual.problems).toEqual([]);
    }),
    { numRuns: CASES, seed },
  );
  report('random pipelines with faults', { pipelines: CASES, faults, ...ends });
});

type FaultyRuntime = {
  readonly plan: (faults: readonly Fault[]) => void;
  readonly left: () => number;
  readonly stop: () => Promise<void>;
};

/** A runtime of this process that is stopped, or loses its lease, as attempts begin; another one follows at once. */
const startFaultyRuntime = (databaseUrl: string, { pool }: RunFixtures): FaultyRuntime => {
  let planned: Fault[] = [];
  let attempts = 0;
  const over = new AbortController();
  let current: Runtime | undefined;

  const steal = (): Promise<unknown> =>
    pool.query('update worker_leases set holder = gen_random_uuid(), fence = fence + 1, expires_at = now()');

  const onAttempt = (): void => {
    attempts += 1;
    const next = planned[0];
    if (next === undefined || attempts < next.attempts) return;
    planned = planned.slice(1);
    attempts = 0;
    if (next.kind === 'steal') void steal();
    else void current?.stop();
  };

  const serve = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const stopped = Promise.withResolvers<void>();
      const runtime = createRuntime({
        databaseUrl,
        executorFor: () => ({
          execute: async (request, { emitStarted }) => {
            await emitStarted({ worker: 'faulty' });
            onAttempt();
            await nextTurn();
            return outcomeOf(request);
          },
        }),
      });
      current = {
        ...runtime,
        stop: () => {
          stopped.resolve();
          return runtime.stop();
        },
      };
      await stopped.promise;
      await runtime.stop();
    }
  };
  const serving = serve();
  return {
    plan: (faults) => {
      planned = [...faults];
      attempts = 0;
    },
    left: () => planned.length,
    stop: async () => {
      over.abort();
      await current?.stop();
      await serving;
    },
  };
};

const outcomeIn = async (
  fixtures: RunFixtures,
  runId: string,
): Promise<{ readonly outcome: Outcome; readonly problems: readonly string[] }> => {
  const row = await fixtures.untilEnded(runId);
  const events = await fixtures.events(runId);
  const outcome = {
    status: row.status,
    outputs: row.outputs,
    errorCode: row.error?.code ?? null,
    succeeded: succeededKeys(events),
  };
  return { outcome, problems: logProblems(row, events) };
};

/** How far the others had come when one failed for good is left to chance. */
const comparable = ({ status, outputs, errorCode, succeeded }: Outcome): object => ({
  status,
  outputs,
  errorCode,
  succeeded: status === 'succeeded' ? succeeded.toSorted() : [],
});
