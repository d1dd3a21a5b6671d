import type { PluginPackage } from '@ia-modules/plugin-sdk';
import type { Finding } from '../finding.ts';
import { registryArguments, runNpm } from '../project/npm.ts';
import type { PluginProject } from '../project/plugin-project.ts';

/** Whether a registry has the version already: it would take no other. */
export const checkPublished = async (
  project: PluginProject,
  { name, version }: PluginPackage,
  registry: string,
): Promise<readonly Finding[]> => {
  const args = ['view', `${name}@${version}`, 'version', '--json', ...registryArguments(name, registry)];
  const { code, stdout, stderr } = await runNpm(project.directory, args);
  if (code === 0 && stdout.includes(version)) {
    const message = `version: ${name}@${version} is published already, and a version never changes`;
    return [project.at(['version'], { rule: 'version-taken', message, hint: 'Raise the version.' })];
  }
  if (code === 0 || /E404/.test(stdout + stderr)) return [];
  const message = `version: the registry at ${registry} does not say whether ${version} is free`;
  return [project.at(['version'], { severity: 'warning', rule: 'version-unknown', message })];
};
