export {
  durableContextTestsuite,
  type ConformanceHarness,
  type ConformanceRun,
  type StartConformanceRun,
} from './testing/durable-context.testsuite.ts';
