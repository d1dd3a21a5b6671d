export { type CallTrace, type CallTraceInit, startCallTrace, type TracedPart } from './call-trace.ts';
export { OTHER_LABEL, createLabelBound } from './label-bound.ts';
export { METRICS, type MetricDefinition, type MetricName } from './metric-catalog.ts';
export { type Metrics, createMetrics, type PluginCallFact, type PluginMeasureFact } from './metrics.ts';
