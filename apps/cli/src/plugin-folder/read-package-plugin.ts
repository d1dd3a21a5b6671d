import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifest } from '@ia-modules/plugin-sdk';
import { contractsOf } from '../steps/local-plugins.ts';
import { loadPlugin } from './load-plugin.ts';
import type { PluginCandidate, PluginPlace } from './plugin-candidate.ts';

/** What a plugin is built from, for one that has not been built yet. */
const SOURCES = ['src/plugin.ts', 'src/plugin.js'];

/** Looks at a folder that shall be a plugin package, by its manifest. */
export const readPackagePlugin = ({ name, path, shown }: PluginPlace): PluginCandidate => {
  const packageJson = readPackageJson(path);
  if (packageJson === undefined) return { reason: 'it has no package.json that can be read' };
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) {
    const problems = parsed.diagnostics.map((diagnostic) => `${diagnostic.path} ${diagnostic.message}`);
    return { reason: `its package.json is no plugin’s: ${problems.join('; ')}` };
  }
  const { manifest } = parsed;
  const entry = [manifest.entry, ...SOURCES].find((file) => isFile(join(path, file)));
  if (entry === undefined)
    return { reason: `its module ${manifest.entry} is missing`, hint: `Run ia-plugin build ${shown}.` };
  return { name, origin: shown, contracts: contractsOf(manifest), load: () => loadPlugin(join(path, entry), shown) };
};

const readPackageJson = (directory: string): unknown => {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
};

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
