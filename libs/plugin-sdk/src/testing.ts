export { createFakeClock, type FakeClock, type FakeClockOptions } from './testing/fake-clock.ts';
export { type Fixture, fixtureSchema, loadFixtures } from './testing/fixture.ts';
export { type FixtureResult, runFixture } from './testing/run-fixture.ts';
export { type HttpExchange, type HttpTape, httpTapeSchema } from './testing/http-tape.ts';
export { createTestPlatform } from './testing/test-platform.ts';
export type { RunOptions, TestHttp, TestPlatform, TestPlatformInit } from './testing/test-world.ts';
export type { TestRequest } from './testing/granted-fetch.ts';
export type { StoredBlob, TestOutcome, TestRecord, TestResult } from './testing/test-outcome.ts';
