import type { Labels } from '@ia-modules/plugin-sdk';
import { PROTOCOL_LIMITS, type ReportFrame } from '@ia-modules/plugin-sdk/protocol';
import type { PluginCall } from '../plugin-call.ts';
import type { Scrub } from '../scrub.ts';

export type ReportSinks = Pick<PluginCall, 'onLog' | 'onProgress' | 'onCost' | 'onSpan' | 'onMetric'>;

export type CallReportsInit = {
  readonly sinks: ReportSinks;
  readonly scrub: Scrub;
  /** Names that the process has used for metrics so far. */
  readonly metricNames: Set<string>;
};

type Frame<T extends ReportFrame['type']> = Extract<ReportFrame, { type: T }>;

const ERROR_NAME = /^[A-Za-z_$][\w$.-]*$/;

/** A name as retry policies may compare it, unless it is none or holds a secret. */
export const safeErrorName = (name: string, scrub: Scrub): string | undefined =>
  ERROR_NAME.test(scrub(name)) ? name : undefined;

/** Hands on what a guest tells of a call, made safe to show; what is too much of it is dropped, and said once. */
export const createCallReports = ({ sinks, scrub, metricNames }: CallReportsInit): ((frame: ReportFrame) => void) => {
  const startedAt = Date.now();
  const counts = { log: 0, span: 0, metric: 0 };
  let isToldOfNames = false;

  const warn = (what: string): void =>
    sinks.onLog?.({ level: 'warn', message: `Further ${what} of this call are dropped.` });
  const isWithin = (type: keyof typeof counts, max: number, what: string): boolean => {
    counts[type]++;
    if (counts[type] === max + 1) warn(what);
    return counts[type] <= max;
  };
  const safe = (labels: Labels): Labels =>
    Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [scrub(name), typeof value === 'string' ? scrub(value) : value]),
    );

  const takeSpan = ({ spanId, parentId, name, attributes, error, ...told }: Frame<'span'>): void => {
    if (!isWithin('span', PROTOCOL_LIMITS.spansPerCall, 'spans')) return;
    const now = Date.now();
    const begunAt = Math.min(Math.max(told.startedAt, startedAt), now);
    sinks.onSpan?.({
      spanId,
      parentId,
      name: scrub(name),
      startedAt: begunAt,
      durationMs: Math.min(told.durationMs, now - begunAt),
      attributes: safe(attributes),
      error: error === null ? null : (safeErrorName(error, scrub) ?? 'Error'),
    });
  };

  const takeMetric = ({ kind, name, value, labels }: Frame<'metric'>): void => {
    if (!isWithin('metric', PROTOCOL_LIMITS.metricsPerCall, 'metric values')) return;
    if (!metricNames.has(name) && metricNames.size >= PROTOCOL_LIMITS.metricNamesPerProcess) {
      if (!isToldOfNames) warn('metrics of new names');
      isToldOfNames = true;
      return;
    }
    metricNames.add(name);
    if (scrub(name) === name) sinks.onMetric?.({ kind, name, value, labels: safe(labels) });
  };

  return (frame) => {
    switch (frame.type) {
      case 'log':
        if (isWithin('log', PROTOCOL_LIMITS.logLinesPerCall, 'log lines'))
          sinks.onLog?.({ level: frame.level, message: scrub(frame.message) });
        return;
      case 'progress':
        return sinks.onProgress?.(frame.fraction, frame.message === undefined ? undefined : scrub(frame.message));
      case 'cost':
        return sinks.onCost?.(frame.usd);
      case 'span':
        return takeSpan(frame);
      case 'metric':
        return takeMetric(frame);
    }
  };
};
