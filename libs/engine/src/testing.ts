export type {
  ConformanceCapability,
  ConformanceHarness,
  ConformanceRun,
  StartConformanceRun,
} from './testing/conformance-fixtures.ts';
export { durableContextTestsuite } from './testing/durable-context.testsuite.ts';
export { replayLog } from './testing/replay-log.ts';
