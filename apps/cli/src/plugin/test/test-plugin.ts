import path from 'node:path';
import { createRedaction, createSandboxPool, hasSandbox, type SandboxLevel } from '@ia-modules/plugin-host';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { type Finding, hasErrors } from '../finding.ts';
import { buildPlugin } from '../project/build-plugin.ts';
import { noSandbox, pluginFinding } from '../project/probe-plugin.ts';
import { findFixtures } from './find-fixtures.ts';
import { type FixtureResult, type FixtureRun, runFixtures } from '@ia-modules/plugin-checks';
import { runUnitTests, type UnitTestReport } from './run-unit-tests.ts';
import { type StagedPlugin, stagePlugin } from './staged-plugin.ts';
import { updateFixtures } from './update-fixtures.ts';

export type TestOptions = {
  readonly directory: string;
  readonly level: SandboxLevel;
  /** Writes what comes out into the fixtures that expect something else. */
  readonly isUpdate: boolean;
  /** Makes real requests with these secrets, and writes them into the fixtures with their answers. */
  readonly recordWith: ReadonlyMap<string, string> | undefined;
  /** Hosts of the own network that recording may reach. */
  readonly egressAllow: readonly string[];
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
export const testPlugin = async (options: TestOptions): Promise<TestReport> => {
  const directory = path.resolve(options.directory);
  const built = await buildPlugin({ directory, level: options.level });
  const { manifest, package: packaged } = built;
  if (manifest === undefined || packaged === undefined || hasErrors(built.findings)) {
    return { findings: built.findings, fixtures: [], updated: [], units: null, hasPassed: false };
  }
  const { fixtures, findings } = await findFixtures({
    directory,
    takesBlank: options.isUpdate || options.recordWith !== undefined,
  });
  if (!hasSandbox()) return await testWithoutSandbox(directory, manifest.entry, [...built.findings, ...findings]);
  const staged = await stagePlugin({ directory, package: packaged, manifest });
  const late: Finding[] = [];
  const onErrorOutput = (message: string): void => void late.push(lateFinding(manifest.entry, message, options));
  const { health, results } = await inSandbox(staged, { ...options, onErrorOutput }, async (run) => ({
    health: await checkHealth(run),
    results: await runFixtures(run, fixtures),
  }));
  const updated = await updateFixtures({ directory, fixtures, results, isUpdate: options.isUpdate });
  const units = await runUnitTests(directory);
  const all = [...built.findings, ...health, ...findings, ...late, ...units.findings];
  const blank = new Set(fixtures.filter(({ isBlank }) => isBlank).map(({ file }) => file));
  const isFixed = ({ file }: FixtureResult): boolean => (options.isUpdate || blank.has(file)) && updated.includes(file);
  const hasPassed =
    !hasErrors(all) && units.hasPassed && results.every((result) => result.differences.length === 0 || isFixed(result));
  return { findings: all, fixtures: results, updated, units, hasPassed };
};

/** The registry runs the fixtures again in any case. */
const testWithoutSandbox = async (directory: string, entry: string, found: readonly Finding[]): Promise<TestReport> => {
  const units = await runUnitTests(directory);
  const findings = [...found, ...units.findings, noSandbox(entry, 'did not run its fixtures: there is no sandbox')];
  return { findings, fixtures: [], updated: [], units, hasPassed: !hasErrors(findings) && units.hasPassed };
};

const inSandbox = async <T>(
  { plugin, remove }: StagedPlugin,
  { level, egressAllow, recordWith, onErrorOutput }: TestOptions & { readonly onErrorOutput: (text: string) => void },
  work: (run: FixtureRun) => Promise<T>,
): Promise<T> => {
  const pool = await createSandboxPool({ level, maxProcesses: 2, egressAllow, onErrorOutput });
  try {
    if (pool.problem !== null) throw pool.problem;
    return await work({ pool, plugin, recordWith });
  } finally {
    await pool.close();
    await remove();
  }
};

/** What code that was left over from a call threw reaches no caller, neither here nor in a run. */
const lateFinding = (file: string, message: string, { recordWith }: TestOptions): Finding => ({
  severity: 'warning',
  rule: 'error-output',
  file,
  message: createRedaction([...(recordWith?.values() ?? [])])(message),
  hint: 'Await every promise and end every timer before the contribution returns.',
});

/** Without the network, a plugin that asks it whether all is well can't tell. */
const checkHealth = async ({ pool, plugin, recordWith }: FixtureRun): Promise<readonly Finding[]> => {
  const { net, secrets, blobs } = plugin.manifest.permissions;
  try {
    await pool.health({
      tenantId: 'test',
      plugin,
      grant: { net, secrets, blobs },
      secrets: Object.fromEntries(recordWith ?? []),
      net: recordWith === undefined ? { replay: [] } : 'live',
    });
    return [];
  } catch (error) {
    const finding = pluginFinding(error, plugin.manifest.entry, 'health');
    const isOffline = recordWith === undefined && (net.length > 0 || secrets.length > 0);
    const isTold = error instanceof PlatformError && isOffline;
    return [
      isTold ? { ...finding, severity: 'info', hint: 'Its health was asked without network and secrets.' } : finding,
    ];
  }
};
