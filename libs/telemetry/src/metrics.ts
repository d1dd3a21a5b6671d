import { type Attributes, metrics as globalMetrics, type Meter } from '@opentelemetry/api';
import { createLabelBound } from './label-bound.ts';
import { METRICS, type MetricDefinition, type MetricName } from './metric-catalog.ts';

const MAX_LABEL_VALUES = 500;

/** One function for each thing that happens; none of them throws. */
export type Metrics = {
  /** A new run was taken up. */
  runClaimed(fact: { readonly waitedMs: number }): void;
  /** The run came into this worker's memory, new or resumed. */
  runHeld(): void;
  /** The run left this worker's memory, ended or given up. */
  runReleased(): void;
  runEnded(fact: { readonly pipeline: string; readonly status: string; readonly durationMs: number }): void;
  stepEnded(fact: { readonly step: string; readonly status: string; readonly durationMs: number }): void;
  stepError(fact: { readonly step: string; readonly errorType: string }): void;
  /** An attempt of a step was scheduled. */
  stepAttempt(fact: { readonly step: string }): void;
  /** `step` is undefined for hooks of the run as a whole. */
  costAdded(fact: { readonly step: string | undefined; readonly usd: number }): void;
  attemptStarted(fact: { readonly pipeline: string }): void;
  attemptEnded(fact: { readonly pipeline: string }): void;
  committed(fact: { readonly runs: number; readonly durationMs: number; readonly outcome: 'ok' | 'error' }): void;
  pluginCalled(fact: PluginCallFact): void;
  /** A plugin counted or measured something by itself. */
  pluginMeasured(fact: PluginMeasureFact): void;
  sandboxStarted(): void;
  sandboxEnded(): void;
};

export type PluginCallFact = {
  readonly plugin: string;
  readonly kind: string;
  readonly status: 'succeeded' | 'failed';
  readonly durationMs: number;
};

export type PluginMeasureFact = {
  readonly plugin: string;
  readonly kind: 'counter' | 'histogram';
  readonly name: string;
  readonly value: number;
};

type Recorder = (value: number, attributes?: Attributes) => void;

/**
 * Creates the recording functions over an OpenTelemetry meter. Without a registered SDK the meter is a no-op, and
 * recording costs a call.
 * @default meter the global one, `ia-modules`
 */
export const createMetrics = (meter: Meter = globalMetrics.getMeter('ia-modules')): Metrics => {
  const record = createRecorders(meter);
  const bounds = { pipeline: bound(), step: bound(), errorType: bound(), plugin: bound(), custom: bound() };
  return {
    runClaimed: ({ waitedMs }) => record['runtime.queue.wait_seconds'](waitedMs / 1_000),
    runHeld: () => record['runtime.runs_active'](1),
    runReleased: () => record['runtime.runs_active'](-1),
    runEnded: ({ pipeline, status, durationMs }) =>
      record['pipeline.execution.duration_seconds'](durationMs / 1_000, {
        pipeline: bounds.pipeline(pipeline),
        status,
      }),
    stepEnded: ({ step, status, durationMs }) =>
      record['pipeline.step.duration_seconds'](durationMs / 1_000, { step: bounds.step(step), status }),
    stepError: ({ step, errorType }) =>
      record['pipeline.step.errors_total'](1, { step: bounds.step(step), error_type: bounds.errorType(errorType) }),
    stepAttempt: ({ step }) => record['pipeline.step.attempts_total'](1, { step: bounds.step(step) }),
    costAdded: ({ step, usd }) =>
      record['pipeline.cost_usd_total'](usd, step === undefined ? {} : { step: bounds.step(step) }),
    attemptStarted: ({ pipeline }) =>
      record['pipeline.parallel.steps_concurrent'](1, { pipeline: bounds.pipeline(pipeline) }),
    attemptEnded: ({ pipeline }) =>
      record['pipeline.parallel.steps_concurrent'](-1, { pipeline: bounds.pipeline(pipeline) }),
    committed: ({ runs, durationMs, outcome }) => {
      record['runtime.commit.duration_seconds'](durationMs / 1_000, { outcome });
      record['runtime.commit.runs'](runs);
    },
    pluginCalled: ({ plugin, kind, status, durationMs }) =>
      record['plugin.call.duration_seconds'](durationMs / 1_000, { plugin: bounds.plugin(plugin), kind, status }),
    pluginMeasured: ({ plugin, kind, name, value }) => {
      // A counter never goes down, whatever a plugin says.
      if (kind === 'counter' && value < 0) return;
      const labels = { plugin: bounds.plugin(plugin), name: bounds.custom(name) };
      record[kind === 'counter' ? 'plugin.custom_total' : 'plugin.custom'](value, labels);
    },
    sandboxStarted: () => {
      record['sandbox.processes'](1);
      record['sandbox.cold_starts_total'](1);
    },
    sandboxEnded: () => record['sandbox.processes'](-1),
  };
};

const bound = (): ((value: string) => string) => createLabelBound(MAX_LABEL_VALUES);

const createRecorders = (meter: Meter): { readonly [Name in MetricName]: Recorder } => {
  const entries = Object.entries(METRICS).map(([name, definition]) => [name, createRecorder(meter, name, definition)]);
  return Object.fromEntries(entries) as { readonly [Name in MetricName]: Recorder };
};

const createRecorder = (meter: Meter, name: string, definition: MetricDefinition): Recorder => {
  const { kind, unit, description, boundaries } = definition;
  if (kind === 'histogram') {
    const advice = boundaries === undefined ? {} : { advice: { explicitBucketBoundaries: [...boundaries] } };
    const histogram = meter.createHistogram(name, { unit, description, ...advice });
    return (value, attributes) => histogram.record(value, attributes);
  }
  const create = kind === 'counter' ? 'createCounter' : 'createUpDownCounter';
  const counter = meter[create](name, { unit, description });
  return (value, attributes) => counter.add(value, attributes);
};
