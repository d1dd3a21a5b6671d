export { findIconProblems, type IconProblem } from './find-icon-problems.ts';
export type { BlobPort, ContextPorts, LogLine, MetricRecord, SpanRecord } from './host/context-ports.ts';
export { createContext } from './host/create-context.ts';
export { createSystemClock } from './host/system-clock.ts';
export { RESULT_SCHEMAS } from './result-schemas.ts';
export { findSchemaProblems, type SchemaProblem } from './schema-bounds.ts';
