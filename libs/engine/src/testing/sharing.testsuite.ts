import { describe, expect, it } from 'vitest';
import type { PipelineDefinition } from '../definition/schema.ts';
import {
  chain,
  noop,
  pipeline,
  task,
  type ConformanceCapability,
  type RunConformance,
} from './conformance-fixtures.ts';

/** What runs share with each other: sub-pipelines, slots, cached results, what routers have learnt. */
export const describeSharing = (run: RunConformance, capabilities: readonly ConformanceCapability[]): void => {
  describe.runIf(capabilities.includes('children'))('children', () => {
    it('runs a sub-pipeline and gives its outputs', async () => {
      const double: PipelineDefinition = {
        name: 'double',
        parameters: { type: 'object', properties: { n: { type: 'integer' } } },
        steps: [task('d', 'echo', { with: { v: '{{ parameters.n * 2 }}' } })],
        outputs: { v: '{{ steps.d.output.v }}' },
      };
      const { view } = await run(
        pipeline([{ id: 'sub', uses: 'pipeline:double@^1', with: { n: 4 } }], {}, { v: '{{ steps.sub.output.v }}' }),
        { pipelines: { double } },
      );
      expect(view).toMatchObject({ status: 'succeeded', outputs: { v: 8 } });
    });

    it('fails a step with its sub-pipeline, and says why', async () => {
      const { view } = await run(pipeline([{ id: 'sub', uses: 'pipeline:child' }]), {
        pipelines: { child: pipeline([task('d', 'broken')]) },
      });
      expect(view).toMatchObject({
        status: 'failed',
        error: { code: 'IA_SUBPIPELINE_FAILED', retryable: true, details: { code: 'IA_TASK_FAILED' } },
      });
    });
  });

  it.runIf(capabilities.includes('slots'))('runs no more steps at once than their concurrency key allows', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const concurrency = { key: `conformance-${crypto.randomUUID()}`, limit: 2 };
    const { view, mostAtOnce } = await run(pipeline(ids.map((id) => task(id, 'pass', { concurrency }))));
    expect(view.status).toBe('succeeded');
    expect(mostAtOnce).toBe(2);
  });

  it.runIf(capabilities.includes('cache'))('uses a cached result instead of the work', async () => {
    const cache = { key: `conformance-${crypto.randomUUID()}`, ttl: '1h' };
    const { view, events, calls } = await run(
      pipeline([task('a', 'echo', { with: { n: '{{ iteration }}' }, cache })], {
        transitions: [{ from: 'a', to: 'a', loop: { max_iterations: 3 } }],
      }),
    );
    expect(calls).toEqual(['a#1/@1']);
    expect(view.steps['a']).toMatchObject({ iterations: 3, output: { n: 1 } });
    const cached = events.map((event) => event.type === 'task_succeeded' && event.data.isCached === true);
    expect(cached.filter(Boolean)).toHaveLength(2);
  });

  it.runIf(capabilities.includes('routers'))('lets an adaptive router learn', async () => {
    const adaptive = {
      reward: 'steps.good.status == "succeeded" ? 1 : 0',
      context: `"${crypto.randomUUID()}"`,
      exploration: 0,
    };
    const { view } = await run(
      pipeline([noop('pick', { router: 'adaptive', adaptive }), noop('good'), noop('bad'), noop('end')], {
        transitions: [
          ...(chain('pick', 'good', 'end') ?? []),
          ...(chain('pick', 'bad', 'end') ?? []),
          { from: 'end', to: 'pick', loop: { max_iterations: 6 } },
        ],
      }),
    );
    expect([view.steps['good']?.iterations, view.steps['bad']?.iterations]).toEqual([5, 1]);
  });
};
