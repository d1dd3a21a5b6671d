/** What a metric measures, in which unit, by which labels. */
export type MetricDefinition = {
  readonly kind: 'counter' | 'up_down_counter' | 'histogram';
  /** UCUM, as OpenTelemetry wants it. */
  readonly unit: string;
  readonly description: string;
  readonly labels: readonly string[];
  /** Histogram bucket bounds, in the metric's unit. */
  readonly boundaries?: readonly number[];
};

const RUN_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200] as const;
const COMMIT_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5] as const;
const GROUP_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000] as const;

/** Every metric that the platform records: the one table of names, units and labels. */
export const METRICS = {
  'pipeline.execution.duration_seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from the start of a run to its end.',
    labels: ['pipeline', 'status'],
    boundaries: RUN_SECONDS,
  },
  'pipeline.step.duration_seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from the first schedule of a step to its end, retries included.',
    labels: ['step', 'status'],
    boundaries: RUN_SECONDS,
  },
  'pipeline.step.errors_total': {
    kind: 'counter',
    unit: '{error}',
    description: 'Failed attempts and failed steps, by error name.',
    labels: ['step', 'error_type'],
  },
  'pipeline.step.attempts_total': {
    kind: 'counter',
    unit: '{attempt}',
    description: 'Attempts of steps that were scheduled, the first ones included.',
    labels: ['step'],
  },
  'pipeline.cost_usd_total': {
    kind: 'counter',
    unit: 'USD',
    description: 'What attempts reported as their cost, by the step that they belong to.',
    labels: ['step'],
  },
  'pipeline.parallel.steps_concurrent': {
    kind: 'up_down_counter',
    unit: '{step}',
    description: 'Attempts that an executor works on now.',
    labels: ['pipeline'],
  },
  'runtime.runs_active': {
    kind: 'up_down_counter',
    unit: '{run}',
    description: 'Runs that the worker holds in memory.',
    labels: [],
  },
  'runtime.queue.wait_seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from the creation of a run to its claim by the worker.',
    labels: [],
    boundaries: RUN_SECONDS,
  },
  'runtime.commit.duration_seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of one group commit to the event log.',
    labels: ['outcome'],
    boundaries: COMMIT_SECONDS,
  },
  'runtime.commit.runs': {
    kind: 'histogram',
    unit: '{run}',
    description: 'Runs whose events went into one group commit.',
    labels: [],
    boundaries: GROUP_SIZES,
  },
  'plugin.call.duration_seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of one call of a plugin, waits for a process included.',
    labels: ['plugin', 'kind', 'status'],
    boundaries: RUN_SECONDS,
  },
  'plugin.custom_total': {
    kind: 'counter',
    unit: '1',
    description: 'What plugins count by themselves, under their own names.',
    labels: ['plugin', 'name'],
  },
  'plugin.custom': {
    kind: 'histogram',
    unit: '1',
    description: 'What plugins measure by themselves, under their own names.',
    labels: ['plugin', 'name'],
  },
  'sandbox.processes': {
    kind: 'up_down_counter',
    unit: '{process}',
    description: 'Processes of plugins that are alive.',
    labels: [],
  },
  'sandbox.cold_starts_total': {
    kind: 'counter',
    unit: '{process}',
    description: 'Processes that were started for a call.',
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
