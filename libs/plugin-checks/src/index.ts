export {
  compareContributions,
  type ContributionDifference,
  type ContributionLists,
  contributionListsOf,
} from './compare-contributions.ts';
export { describeInNode } from './describe-in-node.ts';
export { type FixtureFile, type FixtureProblem, type FixtureReading, readFixtures } from './fixture.ts';
export { type FixtureResult, type FixtureRun, runFixtures } from './run-fixtures.ts';
