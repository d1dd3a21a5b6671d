export { measure, measureInTurns, repeat, type Comparison, type MeasureOptions, type Subject } from './measure.ts';
export { replaceSection } from './report-section.ts';
export { median, percentile, summarize, type Summary } from './statistics.ts';
export { formatTable, type Cell } from './table.ts';
