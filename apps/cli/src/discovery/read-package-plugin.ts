import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contributionsOf, type ParsedManifest, parseManifest } from '@ia-modules/plugin-sdk';
import { toLocalContribution } from './local-plugin.ts';
import { loadPlugin } from './load-plugin.ts';
import type { PluginCandidate, PluginPlace } from './plugin-candidate.ts';

/** What a plugin is built from, for one that has not been built yet. */
const SOURCES = ['src/plugin.ts', 'src/plugin.js'];

/** Looks at a folder that shall be a plugin package of the user's own, by its manifest. */
export const readPackagePlugin = ({ name, path, shown }: PluginPlace): PluginCandidate => {
  const packageJson = readPackageJson(path);
  if (packageJson === undefined) return { reason: 'it has no package.json that can be read' };
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) return { reason: describeProblems(parsed) };
  const { manifest } = parsed;
  const entry = [manifest.entry, ...SOURCES].find((file) => isFile(join(path, file)));
  if (entry === undefined)
    return { reason: `its module ${manifest.entry} is missing`, hint: `Run ia-plugin build ${shown}.` };
  const { version } = parsed.package;
  const load = () => loadPlugin(join(path, entry), shown);
  return {
    name,
    origin: shown,
    version,
    contributions: contributionsOf(manifest).map(toLocalContribution),
    dependencies: manifest.dependencies,
    code: { runsIn: 'process', load: async () => ({ name, version, manifest, load }) },
  };
};

export const describeProblems = ({ diagnostics }: Extract<ParsedManifest, { ok: false }>): string => {
  const problems = diagnostics.map((diagnostic) => `${diagnostic.path} ${diagnostic.message}`);
  return `its package.json is no plugin’s: ${problems.join('; ')}`;
};

/** Undefined when there is none, or it is no JSON. */
export const readPackageJson = (directory: string): unknown => {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
};

export const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
