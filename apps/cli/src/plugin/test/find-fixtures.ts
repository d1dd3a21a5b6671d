import { type FixtureFile, type FixtureReading, readFixtures } from '@ia-modules/plugin-checks';
import type { Finding } from '../finding.ts';

/** The fixtures of a plugin, and a finding for each file that is none. */
export const findFixtures = async (
  reading: FixtureReading,
): Promise<{ readonly fixtures: readonly FixtureFile[]; readonly findings: readonly Finding[] }> => {
  const { fixtures, problems } = await readFixtures(reading);
  return { fixtures, findings: problems.map((problem) => ({ severity: 'error', rule: 'fixture', ...problem })) };
};
