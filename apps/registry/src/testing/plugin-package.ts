import { createHash } from 'node:crypto';
import { type TarballEntry, buildTarball } from './build-tarball.ts';

/** The package.json of a small valid plugin. */
export function pluginPackageJson(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    name: '@community/tool',
    version: '1.0.0',
    description: 'Counts words.',
    license: 'MIT',
    keywords: ['text'],
    iaModules: {
      apiVersion: 1,
      entry: 'dist/plugin.js',
      contributions: { steps: [{ name: 'count', title: 'Count words' }] },
      permissions: { net: ['api.example.com'] },
    },
    ...overrides,
  };
}

export function pluginTarball(packageJson: unknown, ...more: readonly TarballEntry[]): Buffer {
  return buildTarball([
    { path: 'package/package.json', content: JSON.stringify(packageJson) },
    { path: 'package/dist/plugin.js', content: 'export default {};\n' },
    { path: 'package/README.md', content: '# Tool\n' },
    ...more,
  ]);
}

/** The body that `npm publish` sends for a tarball. */
export function publishBody(name: string, version: string, tarball: Buffer): Record<string, unknown> {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  return {
    _id: name,
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { name, version, dist: { integrity } } },
    access: null,
    _attachments: {
      [`${name}-${version}.tgz`]: {
        content_type: 'application/octet-stream',
        data: tarball.toString('base64'),
        length: tarball.length,
      },
    },
  };
}
