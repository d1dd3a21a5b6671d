import type { Json } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { validatePipeline } from '../validation/validate-pipeline.ts';
import { runInMemory } from './run-in-memory.ts';

const nestedIn = (depth: number): Json => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as Json;

const runWith = async (output: Json) => {
  const { definition } = validatePipeline({ name: 'test', steps: [{ id: 'a', uses: 'demo.deep' }] });
  if (!definition) throw new Error('The pipeline is not valid.');
  return runInMemory({ definition, executor: { execute: () => Promise.resolve(output) } });
};

it('takes an output of 100 levels', async () => {
  expect((await runWith(nestedIn(101))).view.status).toBe('succeeded');
});

it.each([102, 100_000])('refuses an output of %i levels, which others could not read', async (depth) => {
  const { view } = await runWith(nestedIn(depth));
  expect(view.error).toMatchObject({
    code: 'IA_TASK_FAILED',
    message: 'The output is nested more than 100 levels deep.',
    retryable: false,
  });
  expect(view.steps['a']?.output).toBeNull();
});
