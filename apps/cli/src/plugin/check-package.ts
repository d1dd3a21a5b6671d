import { INSTALL_SCRIPTS, type ManifestDiagnostic, type PluginManifest } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const publishable = z.object({
  private: z.boolean().optional(),
  files: z.array(z.string()).optional(),
  license: z.string().optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
});

/** Lists what would make the registry refuse the package, or an installation of it fail. */
export const checkPackage = (packageJson: unknown, manifest: PluginManifest): readonly ManifestDiagnostic[] => {
  const parsed = publishable.safeParse(packageJson);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  }
  const { scripts, files, dependencies } = parsed.data;
  const findings = INSTALL_SCRIPTS.filter((name) => name in scripts).map((name) => ({
    path: `scripts.${name}`,
    message: 'install scripts are refused',
  }));
  if (parsed.data.private === true) findings.push({ path: 'private', message: 'a private package can’t be published' });
  const isPacked = files === undefined || files.some((entry) => covers(entry, manifest.entry));
  if (!isPacked) findings.push({ path: 'files', message: `must cover the entry ${manifest.entry}` });
  if (Object.keys(dependencies).length > 0) {
    findings.push({ path: 'dependencies', message: 'are bundled: move them to devDependencies' });
  }
  return findings;
};

const covers = (pattern: string, path: string): boolean => {
  const plain = pattern.replace(/^\.?\//, '').replace(/\/?\*{0,2}\/?$/, '');
  return path === plain || plain === '' || path.startsWith(`${plain}/`);
};
