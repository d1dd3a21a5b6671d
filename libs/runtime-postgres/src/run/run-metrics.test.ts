import type { EventDraft, RunEvent } from '@ia-modules/engine';
import { createMetrics, type Metrics } from '@ia-modules/telemetry';
import { expect, test } from 'vitest';
import { createRunMetrics } from './run-metrics.ts';

type Timed = EventDraft & { readonly at: number };

const scheduled = (at: number, place: { readonly iteration?: string; readonly part?: string }): Timed => ({
  at,
  type: 'task_scheduled',
  stepId: 'a',
  attempt: 1,
  ...place,
  data: { uses: 'test.echo', input: null },
});
const succeeded = (at: number, iteration: string): Timed => ({
  at,
  type: 'step_succeeded',
  stepId: 'a',
  iteration,
  data: { output: null },
});

const LOG: readonly Timed[] = [
  { at: 0, type: 'run_started', data: { parameters: {}, trigger: {}, pipeline: {} } },
  scheduled(1, { iteration: '1' }),
  succeeded(4, '1'),
  scheduled(10, { iteration: '2' }),
  scheduled(15, { iteration: '2', part: 'validate/0' }),
  succeeded(17, '2'),
  scheduled(20, { iteration: '2', part: 'compensate' }),
  { at: 30, type: 'run_canceled', data: { reason: null } },
];
const EVENTS: readonly RunEvent[] = LOG.map((event, index) => ({ ...event, runId: 'r', seq: index + 1 }));

const measure = (stored: readonly RunEvent[], appended: readonly RunEvent[], startedAt?: number): string[] => {
  const seen: string[] = [];
  const metrics: Metrics = {
    ...createMetrics(),
    stepEnded: ({ step, status, durationMs }) => seen.push(`${step} ${status} ${durationMs}`),
    runEnded: ({ pipeline, status, durationMs }) => seen.push(`${pipeline} ${status} ${durationMs}`),
  };
  const observe = createRunMetrics(metrics, { pipelineName: 'p', startedAt, stored });
  for (const event of appended) observe(event);
  return seen;
};

test('each execution of a step in a loop is timed for itself', () => {
  expect(measure([], EVENTS)).toEqual(['a succeeded 3', 'a succeeded 7', 'p canceled 30']);
});

test('a run that goes on from its log measures only what is new, from its true beginning', () => {
  expect(measure(EVENTS.slice(0, 4), EVENTS.slice(4))).toEqual(['a succeeded 7', 'p canceled 30']);
});

test('a run that goes on from a snapshot is measured from its true beginning too', () => {
  expect(measure([], EVENTS.slice(-1), 5)).toEqual(['p canceled 25']);
});
