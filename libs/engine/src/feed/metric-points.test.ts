import { expect, it } from 'vitest';
import { startSession } from '../testing/memory-session.ts';
import { metricPoints } from './metric-points.ts';

const told = (points: ReturnType<typeof metricPoints>) =>
  points.map(({ name, value, labels: { pipeline: _pipeline, ...labels } }) => [name, value, labels]);

it('gives what a run took, tried, cost and failed at', async () => {
  let attempts = 0;
  const { done, events } = startSession(
    {
      name: 'orders',
      steps: [
        { id: 'wait', uses: 'core.wait', with: { duration: '2s' } },
        { id: 'pay', uses: 'test.pay', timeout: '1s', retry: { max_attempts: 2, initial_delay: '3s', jitter: false } },
      ],
      flow: { transitions: [{ from: 'wait', to: 'pay' }] },
    },
    {
      steps: {
        'test.pay': (_, { addCost }) => {
          addCost(0.25);
          attempts += 1;
          if (attempts === 1) throw Object.assign(new Error('no line'), { name: 'NetworkError' });
          return null;
        },
      },
    },
  );
  await done;
  const points = metricPoints(events, { pipeline: 'orders' });
  expect(told(points)).toEqual([
    ['pipeline.step.duration_seconds', 2, { step: 'wait', status: 'succeeded' }],
    ['pipeline.step.attempts_total', 1, { step: 'pay' }],
    ['pipeline.step.errors_total', 1, { step: 'pay', error_type: 'NetworkError' }],
    ['pipeline.cost_usd_total', 0.25, { step: 'pay' }],
    ['pipeline.step.attempts_total', 1, { step: 'pay' }],
    ['pipeline.cost_usd_total', 0.25, { step: 'pay' }],
    ['pipeline.step.duration_seconds', 3, { step: 'pay', status: 'succeeded' }],
    ['pipeline.execution.duration_seconds', 5, { status: 'succeeded' }],
  ]);
  expect(points[0]).toMatchObject({
    kind: 'histogram',
    unit: 's',
    labels: { pipeline: 'orders' },
    at: events[0]!.at + 2_000,
  });
});

it('counts a mapped step once, each iteration of a loop on its own, and what is skipped not at all', async () => {
  const { done, events } = startSession(
    {
      steps: [
        { id: 'each', uses: 'test.work', timeout: '1s', for_each: { items: [1, 2, 3] } },
        { id: 'again', uses: 'core.noop' },
        { id: 'never', uses: 'core.noop' },
      ],
      flow: {
        transitions: [
          { from: 'each', to: 'again' },
          { from: 'again', to: 'again', loop: { max_iterations: 2 } },
          { from: 'again', to: 'never', condition: '1 == 2' },
        ],
      },
    },
    { steps: { 'test.work': () => null } },
  );
  await done;
  const steps = metricPoints(events, { pipeline: 'p' }).filter(({ name }) => name === 'pipeline.step.duration_seconds');
  expect(steps.map(({ labels }) => labels['step'])).toEqual(['each', 'again', 'again']);
});

it('goes on where somebody else left off', async () => {
  const { done, events } = startSession({ steps: [{ id: 'wait', uses: 'core.wait', with: { duration: '2s' } }] });
  await done;
  const [first] = events;
  const later = events.slice(events.findIndex(({ type }) => type === 'timer_fired'));
  const run = { pipeline: 'p', startedAt: first!.at, openSteps: new Map([['wait', { since: first!.at }]]) };
  expect(told(metricPoints(later, run))).toEqual([
    ['pipeline.step.duration_seconds', 2, { step: 'wait', status: 'succeeded' }],
    ['pipeline.execution.duration_seconds', 2, { status: 'succeeded' }],
  ]);
});
