import { PlatformError } from '@ia-modules/plugin-sdk';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isTerminal, runInMemory, type Plan, type TaskExecutor } from '@ia-modules/engine';
import { arbitraryCase } from './reference/arbitrary-case.ts';
import { arbitraryRun } from './reference/arbitrary-run.ts';
import { outcomeOf, type ReferenceCase } from './reference/reference-case.ts';
import { planOf, runToRest, saysWhy } from './reference/run-to-rest.ts';

const SEED = 20_260_731;

const createExecutor = (script: ReferenceCase['script']): TaskExecutor => ({
  execute: async ({ kind, stepId, iteration, index, attempt }) => {
    const name = kind === 'compensation' ? `${stepId}:compensate` : stepId;
    const outcome = outcomeOf(script, { script: name, iteration, index, attempt });
    if ('output' in outcome) return outcome.output;
    if ('error' in outcome) throw Object.assign(new Error('As the script says.'), outcome.error);
    throw new PlatformError({
      code: 'IA_TASK_FAILED',
      message: 'As the script says.',
      disposition: 'retry',
      details: { outcome: 'unknown' },
    });
  },
});

const inMemory = (plan: Plan, script: ReferenceCase['script']) =>
  ({ plan, executor: createExecutor(script), clock: 'virtual', runId: 'run', seed: 7 }) as const;

it('ends or says why it waits, whatever comes in and when', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, async ({ definition, script, fromOutside }) => {
      const run = await runToRest(planOf(definition), script, fromOutside);
      expect(saysWhy(run)).toBe(true);
    }),
    { numRuns: 600, seed: SEED },
  );
});

it('ends in memory, or gives the list of what it waits for, with its sub-pipelines', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, fc.option(arbitraryRun), async ({ definition, script }, child) => {
      const { view, waiting } = await runInMemory({
        ...inMemory(planOf(definition), script),
        pipelines: { find: () => child?.definition },
      });
      expect(view.status === 'waiting' ? waiting.length > 0 : isTerminal(view.status)).toBe(true);
    }),
    { numRuns: 300, seed: SEED },
  );
});

it('leaves nothing behind that would show in the next run', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCase, async ({ definition, script }) => {
      const plan = planOf(definition);
      const first = await runInMemory(inMemory(plan, script));
      const second = await runInMemory(inMemory(plan, script));
      expect(second).toEqual(first);
    }),
    { numRuns: 200, seed: SEED },
  );
});
