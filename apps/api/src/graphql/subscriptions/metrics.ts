import { PlatformError } from '@ia-modules/plugin-sdk';
import { requireTenantId } from '../../access.ts';
import { filterId } from '../../global-id.ts';
import { followMetrics, MAX_MINUTES_BACK, type MetricUpdate } from '../../metrics/metric-feed.ts';
import { parseMetricQuery } from '../../metrics/metric-query.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { FILTER_ARGUMENTS, MetricSeriesRef, SERIES_ARGUMENTS } from '../types/metrics.ts';

const MetricUpdateRef = builder.objectRef<MetricUpdate>('MetricUpdate').implement({
  description: 'The figures of one minute as they are now.',
  fields: (t) => ({
    at: t.expose('at', {
      type: 'DateTime',
      description: 'The beginning of the minute; `after` to continue from here.',
    }),
    series: t.field({
      type: [MetricSeriesRef],
      description: 'Each with the one point of this minute.',
      resolve: ({ series }) => [...series],
    }),
  }),
});

const MINUTE_MS = 60_000;

/** @throws PlatformError IA_API_INVALID */
const checkAfter = (after: Date | null | undefined, nowMs: number): number => {
  const sinceMs = after?.getTime() ?? nowMs;
  if (sinceMs >= nowMs - MAX_MINUTES_BACK * MINUTE_MS) return sinceMs;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: `\`after\` lies more than ${MAX_MINUTES_BACK} minutes back.`,
    hint: 'Read `Tenant.metrics` for what came before.',
  });
};

builder.subscriptionField('metrics', (t) =>
  t.field({
    type: MetricUpdateRef,
    description: example(
      'Figures of what ends, by the minute: those from the minute of `after` on, or of this minute, then each minute again whenever it has changed, at most once a second. What is counted late for an earlier minute is only in `Tenant.metrics`.',
      '# waits\nsubscription { metrics(tenantId: "<tenant>", groupBy: [STATUS]) { at series { labels { status } points { count durationMs { p95 } } } } }',
    ),
    args: {
      tenantId: t.arg.id({ required: true, description: 'The tenant that is watched.' }),
      after: t.arg({
        type: 'DateTime',
        description: `The last \`at\` that was seen, up to ${MAX_MINUTES_BACK} minutes back: its minute comes once more.`,
      }),
      ...SERIES_ARGUMENTS,
      ...FILTER_ARGUMENTS,
    },
    subscribe: (_root, { tenantId: globalId, after, topN, pipelineId, ...args }, context) => {
      const nowMs = Date.now();
      const tenantId = requireTenantId(context.viewer.principal, globalId);
      const { subject, groupBy, stepId, status, maxSeries, ...query } = parseMetricQuery(
        { tenantId, ...args, pipelineId: filterId('Pipeline', tenantId, pipelineId), maxSeries: topN },
        nowMs,
      );
      const wish = { tenantId, subject, groupBy, pipelineId: query.pipelineId, stepId, status, maxSeries };
      return followMetrics(context, wish, checkAfter(after, nowMs));
    },
    resolve: (update) => update,
  }),
);
