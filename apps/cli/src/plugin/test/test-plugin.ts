import path from 'node:path';
import type { SandboxLevel } from '@ia-modules/plugin-host';
import { type Finding, hasErrors } from '../finding.ts';
import { buildPlugin } from '../project/build-plugin.ts';
import { checkHealth } from '../project/probe-plugin.ts';
import { readFixtures } from './fixture.ts';
import { type FixtureResult, runFixtures } from './run-fixtures.ts';
import { runUnitTests, type UnitTestReport } from './run-unit-tests.ts';
import { stagePlugin } from './staged-plugin.ts';
import { updateFixtures } from './update-fixtures.ts';

export type TestOptions = {
  readonly directory: string;
  readonly level: SandboxLevel;
  /** Writes what comes out into the fixtures that expect something else. */
  readonly isUpdate: boolean;
};

export type TestReport = {
  readonly findings: readonly Finding[];
  readonly fixtures: readonly FixtureResult[];
  /** Files of fixtures that were written anew. */
  readonly updated: readonly string[];
  readonly units: UnitTestReport | null;
  readonly hasPassed: boolean;
};

/** Builds a plugin, asks its health, runs its fixtures in the sandbox, and then its author's tests. */
export const testPlugin = async ({ directory, level, isUpdate }: TestOptions): Promise<TestReport> => {
  const built = await buildPlugin({ directory, level });
  const { manifest, package: packaged } = built;
  if (manifest === undefined || packaged === undefined || hasErrors(built.findings)) {
    return { findings: built.findings, fixtures: [], updated: [], units: null, hasPassed: false };
  }
  const module = path.resolve(directory, manifest.entry);
  const health = await checkHealth({ module, entry: manifest.entry, level }, manifest.permissions);
  const { fixtures, findings } = await readFixtures(directory);
  const staged = await stagePlugin({ directory: path.resolve(directory), package: packaged, manifest });
  try {
    const results = await runFixtures(staged, fixtures, level);
    const updated = isUpdate ? await updateFixtures(directory, fixtures, results) : [];
    const units = await runUnitTests(path.resolve(directory));
    const all = [...built.findings, ...health, ...findings, ...units.findings];
    const hasPassed =
      !hasErrors(all) &&
      units.hasPassed &&
      results.every(({ file, differences }) => differences.length === 0 || updated.includes(file));
    return { findings: all, fixtures: results, updated, units, hasPassed };
  } finally {
    await staged.remove();
  }
};
