import { expect, it } from 'vitest';
import type { PipelineDefinition } from '../definition/schema.ts';
import { compilePipeline } from './compile-pipeline.ts';

const pipeline = (extra: Partial<PipelineDefinition>): PipelineDefinition => ({
  name: 'x',
  steps: [{ id: 'a', uses: 'core.noop' }],
  ...extra,
});

it('resolves aliases, durations and retry defaults', () => {
  const plan = compilePipeline(
    pipeline({
      plugins: { weather: '@community/weather@^1' },
      steps: [{ id: 'a', uses: 'weather.forecast', timeout: '5s', retry: { factor: 3 } }],
      flow: { max_duration: '1h' },
    }),
  );
  expect(plan.maxDurationMs).toBe(3_600_000);
  expect(plan.steps[0]).toMatchObject({
    uses: '@community/weather#forecast',
    timeoutMs: 5_000,
    retry: { maxAttempts: 3, initialDelayMs: 1_000, maxDelayMs: 60_000, factor: 3, jitter: true, on: null },
  });
});

it.each([
  ['an unknown step', pipeline({ flow: { transitions: [{ from: 'a', to: 'z' }] } }), 'IA_PIPELINE_UNKNOWN_STEP'],
  ['an unknown start', pipeline({ flow: { start_at: 'z' } }), 'IA_PIPELINE_UNKNOWN_STEP'],
  ['a bad duration', pipeline({ flow: { max_duration: 'long' } }), 'IA_PIPELINE_DURATION'],
  ['a bad expression', pipeline({ outputs: { x: '{{ 1 + }}' } }), 'IA_EXPRESSION_INVALID'],
])('throws at %s in a definition that nobody validated', (_, definition, code) => {
  expect(() => compilePipeline(definition)).toThrow(expect.objectContaining({ code }));
});
