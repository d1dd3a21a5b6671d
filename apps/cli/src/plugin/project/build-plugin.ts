import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DescribedContribution, SandboxLevel } from '@ia-modules/plugin-host';
import { parseManifest, type PluginManifest, type PluginPackage } from '@ia-modules/plugin-sdk';
import { type Finding, hasErrors } from '../finding.ts';
import { bundlePlugin } from './bundle-plugin.ts';
import { type BundledInput, bundledPackages, formatLicenses, largestInputs } from './bundled-packages.ts';
import { checkPackage } from './check-package.ts';
import { findManifestChanges, type ManifestChange, writeContributions } from './manifest-contributions.ts';
import { manifestFindings, type PluginProject, readProject } from './plugin-project.ts';
import { describeModule } from './probe-plugin.ts';

export type BuiltPlugin = {
  readonly name: string;
  readonly version: string;
  readonly entry: string;
  readonly sizeBytes: number;
  readonly contributions: readonly Pick<DescribedContribution, 'kind' | 'name'>[];
  /** What was written into the manifest, or would have to be. */
  readonly changes: readonly ManifestChange[];
  readonly largestInputs: readonly BundledInput[];
  /** Packages of others in the bundle, with their licences. */
  readonly packages: readonly { readonly name: string; readonly version: string; readonly license: string }[];
};

export type BuildReport = {
  readonly findings: readonly Finding[];
  readonly built: BuiltPlugin | null;
  /** Undefined when the manifest is not valid. */
  readonly manifest: PluginManifest | undefined;
  readonly package: PluginPackage | undefined;
};

export type BuildOptions = {
  readonly directory: string;
  readonly level: SandboxLevel;
  /** Changes nothing in the folder; what a build would change is an error. */
  readonly isCheck?: boolean;
  readonly hasSourcemap?: boolean;
};

const LARGEST = 5;
const LICENSES_FILE = 'THIRD-PARTY-LICENSES.txt';

/** Bundles a plugin, asks the bundle in the sandbox what it contributes, and writes that into the manifest. */
export const buildPlugin = async (options: BuildOptions): Promise<BuildReport> => {
  const project = await readProject(options.directory);
  if (project.source === undefined) return refused([missingSource]);
  if (options.isCheck !== true)
    return buildInto(project, { ...options, outfile: join(project.directory, project.entry) });
  const folder = await mkdtemp(join(tmpdir(), 'ia-plugin-check-'));
  try {
    return await buildInto(project, { ...options, outfile: join(folder, 'plugin.js') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const missingSource: Finding = {
  severity: 'error',
  rule: 'source',
  file: 'src/plugin.ts',
  message: 'is missing: it must export `plugin`, made with definePlugin',
};

const refused = (findings: readonly Finding[]): BuildReport => ({
  findings,
  built: null,
  manifest: undefined,
  package: undefined,
});

const buildInto = async (
  project: PluginProject,
  options: BuildOptions & { readonly outfile: string },
): Promise<BuildReport> => {
  const { directory, source = '', entry } = project;
  const { outfile, level, isCheck = false, hasSourcemap = false } = options;
  const bundle = await bundlePlugin({ directory, source, outfile, hasSourcemap });
  const { metafile } = bundle;
  if (metafile === undefined) return refused([...declaredFindings(project), ...bundle.findings]);
  const described = await describeModule({ module: outfile, entry, level });
  if (hasErrors(described.findings)) {
    return refused([...declaredFindings(project), ...bundle.findings, ...described.findings]);
  }
  const changes = findManifestChanges(project, described.contributions);
  const text = changes.length === 0 ? project.text : writeContributions(project.text, described.contributions);
  const packages = await bundledPackages(directory, metafile);
  if (!isCheck) {
    if (text !== project.text) await writeFile(join(directory, 'package.json'), text);
    await writeFile(join(dirname(outfile), LICENSES_FILE), formatLicenses(packages));
  }
  const written = isCheck ? project : await readProject(directory);
  const parsed = parseManifest(JSON.parse(text));
  const findings = [
    ...bundle.findings,
    ...described.findings,
    ...(parsed.ok ? checkPackage(written, parsed.manifest) : manifestFindings(written, parsed.diagnostics)),
    ...(isCheck ? changes.map((change) => differs(project, change)) : []),
    ...(isCheck ? await staleFindings(project, outfile) : []),
  ];
  if (!parsed.ok) return refused(findings);
  const { size: sizeBytes } = await stat(outfile);
  const { name, version } = parsed.package;
  return {
    findings,
    manifest: parsed.manifest,
    package: parsed.package,
    built: {
      name,
      version,
      entry,
      sizeBytes,
      contributions: described.contributions.map(({ kind, name: contribution }) => ({ kind, name: contribution })),
      changes,
      largestInputs: largestInputs(metafile, LARGEST),
      packages: packages.map(({ licenseText: _text, ...rest }) => rest),
    },
  };
};

/** What is wrong with the manifest whatever the code is like; that it has no contributions yet is for the build to change. */
const declaredFindings = (project: PluginProject): readonly Finding[] => {
  const parsed = parseManifest(project.packageJson);
  return parsed.ok ? checkPackage(project, parsed.manifest) : manifestFindings(project, parsed.diagnostics);
};

const CHANGE_WORDS = {
  added: 'the code contributes it, and the manifest does not declare it',
  removed: 'the manifest declares it, and the code does not contribute it',
  changed: 'the manifest says something else than the code',
} as const;

const differs = (project: PluginProject, { contribution, change, fields, path }: ManifestChange): Finding =>
  project.at([...path], {
    rule: 'manifest-differs',
    message: `${contribution}: ${CHANGE_WORDS[change]}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}`,
    hint: 'Run `ia-plugin build`: it writes the manifest from the code.',
  });

const staleFindings = async ({ directory, entry }: PluginProject, outfile: string): Promise<readonly Finding[]> => {
  const built = await readFile(join(directory, entry), 'utf8').catch(() => undefined);
  const withoutMap = built?.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n');
  if (withoutMap === (await readFile(outfile, 'utf8'))) return [];
  const message = built === undefined ? 'is not built yet' : 'was built from other sources';
  const severity = built === undefined ? 'info' : 'warning';
  return [{ severity, rule: 'module-stale', file: entry, message, hint: 'Run `ia-plugin build`.' }];
};
