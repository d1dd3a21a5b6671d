import path from 'node:path';
import type { SandboxLevel } from '@ia-modules/plugin-host';
import { type Finding, hasErrors } from '../finding.ts';
import { registryArguments, runNpm } from '../project/npm.ts';
import { readProject } from '../project/plugin-project.ts';
import { testPlugin, type TestReport } from '../test/test-plugin.ts';
import { validatePlugin } from '../validate/validate-plugin.ts';
import { readRefusals, type Refusal } from './refusals.ts';

export type PublishOptions = {
  readonly directory: string;
  readonly level: SandboxLevel;
  readonly registry: string;
  readonly tag: string | undefined;
  readonly access: string | undefined;
  readonly isDryRun: boolean;
};

export type PublishReport = {
  readonly findings: readonly Finding[];
  readonly tests: TestReport | null;
  /** Undefined when it did not come to that. */
  readonly published: { readonly name: string; readonly version: string } | undefined;
  readonly refusals: readonly Refusal[];
};

/** Builds, tests and validates a plugin, and hands it to npm when nothing is wrong. */
export const publishPlugin = async (options: PublishOptions): Promise<PublishReport> => {
  const { directory, level, registry } = options;
  const tests = await testPlugin({
    directory,
    level,
    isUpdate: false,
    recordWith: undefined,
    egressAllow: [],
  });
  if (!tests.hasPassed) return { findings: tests.findings, tests, published: undefined, refusals: [] };
  const findings = await validatePlugin({ directory, level, registry: options.isDryRun ? undefined : registry });
  if (hasErrors(findings)) return { findings, tests, published: undefined, refusals: [] };
  const { packageJson } = await readProject(directory);
  const { name, version } = packageJson as { readonly name: string; readonly version: string };
  const { code, stderr } = await runNpm(path.resolve(directory), publishArguments(name, options));
  return code === 0
    ? { findings, tests, published: { name, version }, refusals: [] }
    : { findings, tests, published: undefined, refusals: readRefusals(stderr) };
};

/** The package was built here already, so that its own scripts would only do it again. */
const publishArguments = (name: string, { registry, tag, access, isDryRun }: PublishOptions): readonly string[] => [
  'publish',
  '--ignore-scripts',
  '--no-provenance',
  ...registryArguments(name, registry),
  ...(tag === undefined ? [] : ['--tag', tag]),
  ...(access === undefined ? [] : ['--access', access]),
  // By itself npm asks a registry that is not there for more than a minute.
  ...(isDryRun
    ? ['--dry-run', '--fetch-retries=0']
    : ['--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=2000']),
];
