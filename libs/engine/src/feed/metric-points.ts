import type { MetricPoint } from '@ia-modules/plugin-sdk';
import type { EventType, RunEvent } from '../run/events.ts';
import { STEP_BEGINNINGS, STEP_ENDS } from '../run/step-span.ts';

/** What is known of a run besides the events that are read. */
export type MeasuredRun = {
  readonly pipeline: string;
  /** When it started, where its first events are not among those that are read. */
  readonly startedAt?: number | undefined;
  /** Since when steps are open that began before the events that are read. */
  readonly openSteps?: ReadonlyMap<string, { readonly since: number }> | undefined;
};

const RUN_ENDS: ReadonlyMap<EventType, string> = new Map([
  ['run_succeeded', 'succeeded'],
  ['run_failed', 'failed'],
  ['run_canceled', 'canceled'],
]);

/** Names and units are those of the platform's own metrics, so that both add up to the same. */
const UNITS = {
  'pipeline.execution.duration_seconds': { kind: 'histogram', unit: 's' },
  'pipeline.step.duration_seconds': { kind: 'histogram', unit: 's' },
  'pipeline.step.errors_total': { kind: 'counter', unit: '{error}' },
  'pipeline.step.attempts_total': { kind: 'counter', unit: '{attempt}' },
  'pipeline.cost_usd_total': { kind: 'counter', unit: 'USD' },
} as const;

type Measurement = {
  readonly name: keyof typeof UNITS;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
};

/** What the events of a run measure, in their order. */
export const metricPoints = (events: readonly RunEvent[], run: MeasuredRun): MetricPoint[] =>
  events.flatMap(createMetricReader(run));

/** Reads a run's events one after the other and gives what each of them measures. */
export const createMetricReader = ({
  pipeline,
  startedAt: started,
  openSteps,
}: MeasuredRun): ((event: RunEvent) => MetricPoint[]) => {
  const open = new Map([...(openSteps ?? [])].map(([stepId, { since }]) => [stepId, since]));
  let startedAt = started;
  const measure = (event: RunEvent): Measurement[] => {
    const { type, at } = event;
    if (type === 'run_started') startedAt = at;
    const status = RUN_ENDS.get(type);
    if (status === undefined) return [...measureAttempt(event), ...measureStep(event, open)];
    const value = seconds(at - (startedAt ?? at));
    return [{ name: 'pipeline.execution.duration_seconds', value, labels: { status } }];
  };
  return (event) =>
    measure(event).map(({ name, value, labels }) => ({
      name,
      ...UNITS[name],
      value,
      labels: { pipeline, ...labels },
      at: event.at,
    }));
};

/** As `Run.steps` has it: a mapped step is one execution with all of its items, an iteration of a loop is one of its own. */
const measureStep = ({ stepId, part, index, type, at }: RunEvent, open: Map<string, number>): Measurement[] => {
  if (stepId === undefined || part !== undefined || index !== undefined) return [];
  if (STEP_BEGINNINGS.has(type) && !open.has(stepId)) open.set(stepId, at);
  const status = STEP_ENDS.get(type);
  const since = open.get(stepId);
  if (status === undefined || since === undefined) return [];
  open.delete(stepId);
  return [{ name: 'pipeline.step.duration_seconds', value: seconds(at - since), labels: { step: stepId, status } }];
};

const measureAttempt = (event: RunEvent): Measurement[] => {
  const { stepId, part, data } = event;
  const step = stepId === undefined ? {} : { step: stepId };
  const found: Measurement[] = [];
  if (event.type === 'task_scheduled' && stepId !== undefined && part === undefined) {
    found.push({ name: 'pipeline.step.attempts_total', value: 1, labels: step });
  }
  if (stepId !== undefined && (event.type === 'task_failed' || event.type === 'step_failed')) {
    const labels = { ...step, error_type: event.data.error.name };
    found.push({ name: 'pipeline.step.errors_total', value: 1, labels });
  }
  if ('costUsd' in data && typeof data.costUsd === 'number' && data.costUsd > 0) {
    found.push({ name: 'pipeline.cost_usd_total', value: data.costUsd, labels: step });
  }
  return found;
};

const seconds = (ms: number): number => Math.max(0, ms) / 1_000;
