import { INSTALL_SCRIPTS, type PluginManifest } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import type { Finding } from '../finding.ts';
import type { PluginProject } from './plugin-project.ts';

const publishable = z.object({
  private: z.boolean().optional(),
  files: z.array(z.string()).optional(),
  license: z.string().optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
});

/** Lists what would make the registry refuse the package, or an installation of it fail. */
export const checkPackage = (project: PluginProject, manifest: PluginManifest): readonly Finding[] => {
  const { at, packageJson } = project;
  const parsed = publishable.safeParse(packageJson);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) =>
      at(path as (string | number)[], { rule: 'package', message: `${path.join('.')}: ${message}` }),
    );
  }
  const { scripts, files, dependencies } = parsed.data;
  const findings = INSTALL_SCRIPTS.filter((name) => name in scripts).map((name) =>
    at(['scripts', name], { rule: 'install-script', message: `scripts.${name}: install scripts are refused` }),
  );
  if (parsed.data.private === true) {
    findings.push(at(['private'], { rule: 'private', message: 'private: a private package can’t be published' }));
  }
  const isPacked = files === undefined || files.some((entry) => covers(entry, manifest.entry));
  if (!isPacked) {
    findings.push(at(['files'], { rule: 'files', message: `files: must cover the entry ${manifest.entry}` }));
  }
  for (const name of Object.keys(dependencies)) {
    const message = `dependencies: ${name} is bundled: move it to devDependencies`;
    findings.push(at(['dependencies', name], { rule: 'dependency', message }));
  }
  return findings;
};

const covers = (pattern: string, path: string): boolean => {
  const plain = pattern.replace(/^\.?\//, '').replace(/\/?\*{0,2}\/?$/, '');
  return path === plain || plain === '' || path.startsWith(`${plain}/`);
};
