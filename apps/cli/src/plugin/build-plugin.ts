import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createSandboxPool, type SandboxLevel } from '@ia-modules/plugin-host';
import { type ManifestDiagnostic, parseManifest, PlatformError, type PluginManifest } from '@ia-modules/plugin-sdk';
import { bundlePlugin } from './bundle-plugin.ts';
import { checkPackage } from './check-package.ts';

export type BuildReport = {
  /** What a publish would be refused for; nothing is built when the manifest itself is wrong. */
  readonly findings: readonly ManifestDiagnostic[];
  readonly built: {
    readonly name: string;
    readonly version: string;
    readonly entry: string;
    readonly sizeBytes: number;
    readonly steps: readonly string[];
  } | null;
};

/** Checks the manifest, bundles the plugin into its entry module, and lists the steps by loading that module in the sandbox. */
export const buildPlugin = async (options: {
  readonly directory: string;
  readonly level: SandboxLevel;
}): Promise<BuildReport> => {
  const directory = resolve(options.directory);
  const packageJson = await readPackageJson(directory);
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) return { findings: parsed.diagnostics, built: null };
  const { manifest } = parsed;
  const findings = [...checkPackage(packageJson, manifest)];
  const bundleFindings = await bundlePlugin({ directory, entry: manifest.entry });
  if (bundleFindings.length > 0) return { findings: [...findings, ...bundleFindings], built: null };
  const { name, version } = parsed.package;
  const { entry } = manifest;
  try {
    const steps = await listSteps({ directory, name, version, manifest, level: options.level });
    const { size: sizeBytes } = await stat(join(directory, entry));
    return {
      findings: [...findings, ...compareSteps(manifest, steps)],
      built: { name, version, entry, sizeBytes, steps },
    };
  } catch (error) {
    if (!(error instanceof PlatformError) || error.fault !== 'plugin') throw error;
    const { stderr } = { stderr: '', ...error.details };
    return { findings: [...findings, { path: entry, message: `${error.message}\n${stderr}`.trimEnd() }], built: null };
  }
};

const readPackageJson = async (directory: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as unknown;
  } catch (error) {
    throw new PlatformError({
      code: 'IA_PLUGIN_MANIFEST',
      message: `${join(directory, 'package.json')} is missing or no JSON.`,
      hint: 'Run ia-plugin in the folder of a plugin, or name that folder.',
      cause: error,
    });
  }
};

type Listing = {
  readonly directory: string;
  readonly name: string;
  readonly version: string;
  readonly manifest: PluginManifest;
  readonly level: SandboxLevel;
};

/** Loads the built module as an installation would: alone in a folder, without the sources beside it. */
const listSteps = async ({ directory, name, version, manifest, level }: Listing): Promise<readonly string[]> => {
  const staged = await mkdtemp(join(tmpdir(), 'ia-plugin-build-'));
  const pool = await createSandboxPool({ level, maxProcesses: 1 });
  try {
    await cp(join(directory, manifest.entry), join(staged, manifest.entry));
    const digest = createHash('sha512').update(await readFile(join(staged, manifest.entry)));
    const integrity = `sha512-${digest.digest('base64')}`;
    return await pool.describe({ name, version, integrity, directory: staged, manifest });
  } finally {
    await pool.close();
    await rm(staged, { recursive: true, force: true });
  }
};

const compareSteps = (manifest: PluginManifest, steps: readonly string[]): readonly ManifestDiagnostic[] => {
  const declared = manifest.contributions.steps.map((step) => step.name);
  const path = 'iaModules.contributions.steps';
  const missing = declared.filter((step) => !steps.includes(step));
  const undeclared = steps.filter((step) => !declared.includes(step));
  return [
    ...missing.map((step) => ({ path, message: `the step "${step}" is declared, but the module does not define it` })),
    ...undeclared.map((step) => ({ path, message: `the module defines the step "${step}", which is not declared` })),
  ];
};
