export {
  compareReports,
  DEFAULT_THRESHOLD,
  VERDICTS,
  type CaseComparison,
  type ReportComparison,
  type Verdict,
} from './compare-reports.ts';
export { readMachine } from './machine.ts';
export { measure, measureInTurns, repeat, type Comparison, type MeasureOptions, type Subject } from './measure.ts';
export {
  MAX_CASES,
  MAX_REPORT_BYTES,
  MAX_SAMPLES,
  parseReport,
  type BenchmarkCase,
  type BenchmarkReport,
  type ParsedReport,
  type ReportProblem,
} from './report.ts';
export { replaceSection } from './report-section.ts';
export { median, percentile, summarize, type Summary } from './statistics.ts';
export { formatTable, type Cell } from './table.ts';
