import type { EventDraft, RunEvent } from '@ia-modules/engine';
import { createMetrics, type Metrics } from '@ia-modules/telemetry';
import { expect, test } from 'vitest';
import { createStepTally, type StepTally } from '../metering/step-tally.ts';
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

type Earlier = { readonly startedAt?: number; readonly tally?: StepTally };

const measure = (stored: readonly RunEvent[], appended: readonly RunEvent[], earlier: Earlier = {}): string[] => {
  const { startedAt, tally = createStepTally() } = earlier;
  const seen: string[] = [];
  const metrics: Metrics = {
    ...createMetrics(),
    stepEnded: ({ step, status, durationMs }) => seen.push(`${step} ${status} ${durationMs}`),
    runEnded: ({ pipeline, status, durationMs }) => seen.push(`${pipeline} ${status} ${durationMs}`),
  };
  const observe = createRunMetrics(metrics, { pipelineName: 'p', startedAt, stored, tally });
  for (const event of appended) observe(event);
  return seen;
};

test('each execution of a step in a loop is timed for itself', () => {
  expect(measure([], EVENTS)).toEqual(['a succeeded 3', 'a succeeded 7', 'p canceled 30']);
});

test('a run that goes on from its log measures only what is new, from its true beginning', () => {
  expect(measure(EVENTS.slice(0, 4), EVENTS.slice(4))).toEqual(['a succeeded 7', 'p canceled 30']);
});

test('a run that goes on from a snapshot is measured from its true beginning too, and so are its open steps', () => {
  const tally = createStepTally();
  for (const event of EVENTS.slice(0, 4)) tally.apply(event);
  const kept = createStepTally(structuredClone(tally.state));
  expect(measure([], EVENTS.slice(5), { startedAt: 5, tally: kept })).toEqual(['a succeeded 7', 'p canceled 25']);
});
