import { describe, expect, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const valid = {
  name: '@community/weather',
  version: '1.2.3',
  scripts: { test: 'vitest' },
  iaModules: {
    apiVersion: 1,
    contributions: { steps: [{ name: 'forecast', title: 'Forecast', input: { type: 'object' } }] },
    permissions: { net: ['api.example.com', '*.cdn.example.com:8443'], secrets: ['API_KEY'] },
  },
};

const diagnosticsOf = (packageJson: unknown) => {
  const parsed = parseManifest(packageJson);
  return parsed.ok ? [] : parsed.diagnostics.map((diagnostic) => diagnostic.path);
};
const withManifest = (change: object) => ({ ...valid, iaModules: { ...valid.iaModules, ...change } });

describe('parseManifest', () => {
  it('fills in the defaults', () => {
    const parsed = parseManifest(valid);
    expect(parsed).toMatchObject({
      ok: true,
      package: { name: '@community/weather', version: '1.2.3', keywords: [] },
      manifest: {
        entry: 'dist/plugin.js',
        contributions: { steps: [{ name: 'forecast', description: '', output: {} }] },
        permissions: { memoryMb: 64, cpuMs: 10_000, timeoutMs: 30_000 },
      },
    });
  });

  it('gives a plugin without permissions none', () => {
    const { permissions: _, ...rest } = valid.iaModules;
    const parsed = parseManifest({ ...valid, iaModules: rest });
    expect(parsed.ok && parsed.manifest.permissions).toMatchObject({ net: [], secrets: [] });
  });

  it('lists every problem at once', () => {
    const broken = { ...withManifest({ entry: '../x.js', surprise: true }), version: 'one' };
    expect(diagnosticsOf(broken).toSorted()).toEqual(['iaModules', 'iaModules.entry', 'version']);
  });

  it.each([null, 7, 'text', [], {}, { name: '@a/b', version: '1.0.0' }])('refuses %j without throwing', (value) => {
    expect(parseManifest(value).ok).toBe(false);
  });

  it.each([
    '/etc/passwd.js',
    'a/../../b.js',
    'dist/plugin.ts',
    './dist/plugin.js',
    'https://x/y.js',
    'dist\\plugin.js',
  ])('refuses the entry %s', (entry) => {
    expect(diagnosticsOf(withManifest({ entry }))).toEqual(['iaModules.entry']);
  });

  it.each(['*', '*.com', 'http://a.b', 'a.b/c', 'a.b:0', 'a.b:99999', 'A.b', 'a b', 'user@a.b'])(
    'refuses the host pattern %s',
    (host) => {
      expect(diagnosticsOf(withManifest({ permissions: { net: [host] } }))).toEqual(['iaModules.permissions.net.0']);
    },
  );

  it('refuses two steps of one name', () => {
    const steps = [
      { name: 'a', title: 'A' },
      { name: 'a', title: 'B' },
    ];
    expect(diagnosticsOf(withManifest({ contributions: { steps } }))).toEqual(['iaModules.contributions.steps']);
  });
});
