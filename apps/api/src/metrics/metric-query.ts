import { parseDuration } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';

export const METRIC_SUBJECTS = ['runs', 'steps'] as const;
export type MetricSubject = (typeof METRIC_SUBJECTS)[number];

export const METRIC_DIMENSIONS = ['pipeline', 'status', 'step', 'uses'] as const;
export type MetricDimension = (typeof METRIC_DIMENSIONS)[number];

export const METRIC_STATUSES = ['succeeded', 'failed', 'canceled'] as const;
export type MetricStatus = (typeof METRIC_STATUSES)[number];

/** Which figures are asked for, checked. */
export type MetricQuery = {
  readonly tenantId: string;
  readonly subject: MetricSubject;
  /** Both at the beginning of a step; `to` is no longer part of the range. */
  readonly from: Date;
  readonly to: Date;
  readonly stepSeconds: number;
  /** Of the rows that are read: minutes or hours. */
  readonly rowSeconds: 60 | 3600;
  readonly groupBy: readonly MetricDimension[];
  readonly pipelineId: string | null;
  readonly stepId: string | null;
  readonly status: readonly MetricStatus[] | null;
  readonly maxSeries: number;
  readonly fillsEmpty: boolean;
};

export type MetricArguments = {
  readonly tenantId: string;
  readonly of?: MetricSubject | null | undefined;
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
  /** `5m`, `1h`, `1d` */
  readonly step?: string | null | undefined;
  readonly groupBy?: readonly MetricDimension[] | null | undefined;
  readonly pipelineId?: string | null | undefined;
  readonly stepId?: string | null | undefined;
  readonly status?: readonly MetricStatus[] | null | undefined;
  readonly maxSeries?: number | null | undefined;
  readonly fillsEmpty?: boolean | null | undefined;
};

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1_000;

export const MAX_POINTS = 1_500;
export const MAX_SERIES = 50;
/** Over all series. */
export const MAX_CELLS = 15_000;
const DEFAULT_SERIES = 10;
const DEFAULT_RANGE_MS = DAY_MS;
const MAX_RANGE_DAYS = 400;
/** How long minutes are kept. */
const MINUTES_KEPT_DAYS = 7;

/** Of these the first that makes no more points than a chart can show. */
const DEFAULT_STEPS = [60, 300, 900, HOUR_SECONDS, 4 * HOUR_SECONDS, DAY_SECONDS, 7 * DAY_SECONDS];
const DEFAULT_MAX_POINTS = 150;

const invalid = (message: string, hint?: string): PlatformError =>
  new PlatformError({ code: 'IA_API_INVALID', message, hint });

/** @throws PlatformError IA_API_INVALID for a range or step that there are no figures for, or too many */
export const parseMetricQuery = (args: MetricArguments, nowMs: number): MetricQuery => {
  const subject = args.of ?? 'runs';
  const groupBy = [...new Set(args.groupBy ?? [])];
  if (subject === 'runs' && (args.stepId != null || groupBy.some((dimension) => STEP_DIMENSIONS.has(dimension)))) {
    throw invalid('`stepId`, STEP and USES are of steps.', 'Ask for `of: STEPS`.');
  }
  const maxSeries = args.maxSeries ?? DEFAULT_SERIES;
  if (maxSeries < 1 || maxSeries > MAX_SERIES) throw invalid(`\`maxSeries\` must be between 1 and ${MAX_SERIES}.`);
  const range = parseRange(args, nowMs);
  const points = (range.to.getTime() - range.from.getTime()) / (range.stepSeconds * 1_000);
  const series = groupBy.length === 0 ? 1 : maxSeries + 1;
  if (points > MAX_POINTS || points * series > MAX_CELLS) {
    throw invalid(
      `That makes ${points} points in up to ${series} series; at most ${MAX_POINTS} points, and ${MAX_CELLS} in all.`,
      'Take a longer step, a shorter range or fewer series.',
    );
  }
  return {
    tenantId: args.tenantId,
    subject,
    ...range,
    groupBy,
    pipelineId: args.pipelineId ?? null,
    stepId: args.stepId ?? null,
    status: args.status ?? null,
    maxSeries,
    fillsEmpty: args.fillsEmpty ?? false,
  };
};

const STEP_DIMENSIONS: ReadonlySet<MetricDimension> = new Set(['step', 'uses']);

type Range = Pick<MetricQuery, 'from' | 'to' | 'stepSeconds' | 'rowSeconds'>;

const parseRange = (args: MetricArguments, nowMs: number): Range => {
  const toMs = args.to?.getTime() ?? nowMs;
  const fromMs = args.from?.getTime() ?? toMs - DEFAULT_RANGE_MS;
  if (fromMs >= toMs) throw invalid('`from` must lie before `to`.');
  if (toMs - fromMs > MAX_RANGE_DAYS * DAY_MS) {
    throw invalid(`A range has at most ${MAX_RANGE_DAYS} days: figures are kept no longer.`);
  }
  // What began before the oldest minute is there by the hour only.
  const hasMinutes = fromMs >= nowMs - MINUTES_KEPT_DAYS * DAY_MS;
  const stepSeconds =
    args.step == null ? chooseStep((toMs - fromMs) / 1_000, hasMinutes) : parseStep(args.step, hasMinutes);
  const stepMs = stepSeconds * 1_000;
  return {
    from: new Date(Math.floor(fromMs / stepMs) * stepMs),
    to: new Date(Math.ceil(toMs / stepMs) * stepMs),
    stepSeconds,
    rowSeconds: stepSeconds % HOUR_SECONDS === 0 ? HOUR_SECONDS : MINUTE_SECONDS,
  };
};

const chooseStep = (rangeSeconds: number, hasMinutes: boolean): number => {
  const fits = (step: number): boolean =>
    (hasMinutes || step >= HOUR_SECONDS) && rangeSeconds / step <= DEFAULT_MAX_POINTS;
  return DEFAULT_STEPS.find(fits) ?? 7 * DAY_SECONDS;
};

const parseStep = (step: string, hasMinutes: boolean): number => {
  const seconds = (parseDuration(step) ?? 0) / 1_000;
  if (seconds < MINUTE_SECONDS || seconds % MINUTE_SECONDS !== 0) {
    throw invalid('A step is a number of whole minutes, such as `5m`, `1h` or `1d`.');
  }
  if (!hasMinutes && seconds % HOUR_SECONDS !== 0) {
    throw invalid(
      `Figures of more than ${MINUTES_KEPT_DAYS} days ago are there by the hour.`,
      'Take a step of whole hours, or a later `from`.',
    );
  }
  return seconds;
};
