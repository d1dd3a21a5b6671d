export {
  durableContextTestsuite,
  type ConformanceHarness,
  type ConformanceRun,
  type StartConformanceRun,
} from './testing/durable-context.testsuite.ts';
export { replayLog } from './testing/replay-log.ts';
