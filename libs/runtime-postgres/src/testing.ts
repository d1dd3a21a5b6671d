export { createRunFixtures, type PipelineFixture, type RunFixtures, type RunRow } from './testing/run-fixtures.ts';
