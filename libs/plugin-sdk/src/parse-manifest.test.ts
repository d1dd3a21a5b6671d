import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseManifest } from './parse-manifest.ts';

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

  it('bounds the schemas of all contributions together, equal ones counted once', () => {
    const wide = (step: number): object => ({ enum: Array.from({ length: 6_000 }, (_, index) => index + step) });
    const withSteps = (schemas: readonly object[]) =>
      parseManifest(
        withManifest({
          contributions: { steps: schemas.map((input, index) => ({ name: `s${index}`, title: 'S', input })) },
        }),
      );
    expect(withSteps([wide(1), wide(2), wide(3)])).toMatchObject({ ok: true });
    expect(withSteps([wide(1), wide(1), wide(1), wide(1)])).toMatchObject({ ok: true });
    expect(withSteps([wide(1), wide(2), wide(3), wide(4)])).toEqual({
      ok: false,
      diagnostics: [
        {
          path: 'iaModules.contributions',
          message: expect.stringMatching(/^have schemas with 24005 parts together .*; at most 20000 are allowed: /),
        },
      ],
    });
  });

  it('lists every problem at once', () => {
    const broken = { ...withManifest({ entry: '../x.js', surprise: true }), version: 'one' };
    expect(diagnosticsOf(broken).toSorted()).toEqual(['iaModules.entry', 'iaModules.surprise', 'version']);
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
    expect(diagnosticsOf(withManifest({ contributions: { steps } }))).toEqual(['iaModules.contributions.steps.1.name']);
  });

  it('lets contributions of different kinds have one name', () => {
    const contributions = { steps: [{ name: 'map', title: 'Map' }], transforms: [{ name: 'map', title: 'Map' }] };
    expect(parseManifest(withManifest({ contributions })).ok).toBe(true);
  });

  it('refuses texts that steer a terminal or turn the direction of what follows', () => {
    const step = { name: 'forecast', title: 'Forecast\u001b[2J', description: 'one\ntwo' };
    const told = { ...valid, description: 'a\u202eb', keywords: ['fine', 'a\nb'] };
    expect(diagnosticsOf({ ...told, iaModules: { ...valid.iaModules, contributions: { steps: [step] } } })).toEqual([
      'description',
      'keywords.1',
      'iaModules.contributions.steps.0.title',
    ]);
  });

  it('names the place of each problem and what to write instead', () => {
    const parsed = parseManifest({
      name: '@a/b',
      version: '1.0.0',
      iaModules: {
        apiVersion: 2,
        runtime: 'native',
        icon: '../logo.png',
        contributions: {
          steps: [
            { name: 'Bad', surprise: 1 },
            { name: 'ok', title: 'Fine' },
            { name: 'ok', title: 'Twice', input: { properties: { list: { uniqueItems: true } } } },
          ],
        },
        concurrency: 99,
        permissions: { net: 'api.example.com', memoryMb: 1, secrets: ['key'] },
        dependencies: { '@a/b': '^1', plain: '1', '@c/d': 'latest' },
        files: [],
      },
    });
    expect(parsed.ok ? [] : parsed.diagnostics).toEqual([
      { path: 'iaModules.apiVersion', message: 'must be 1' },
      { path: 'iaModules.runtime', message: 'must be "sandbox" or "trusted"' },
      { path: 'iaModules.icon', message: 'must be a relative .svg path inside the package' },
      { path: 'iaModules.contributions.steps.0.name', message: 'must be lower-case words with dots between them' },
      { path: 'iaModules.contributions.steps.0.title', message: 'is missing' },
      { path: 'iaModules.contributions.steps.0.surprise', message: 'is no key that manifests have: leave it out' },
      {
        path: 'iaModules.contributions.steps.2.input.properties.list.uniqueItems',
        message: 'needs maxItems of at most 1000 beside it',
      },
      { path: 'iaModules.contributions.steps.2.name', message: '"ok" is the name of the step at 1 already' },
      { path: 'iaModules.permissions.net', message: 'must be of type array' },
      { path: 'iaModules.permissions.secrets.0', message: 'must be an upper-case name such as API_KEY' },
      { path: 'iaModules.permissions.memoryMb', message: 'must be at least 16' },
      { path: 'iaModules.concurrency', message: 'must be at most 16' },
      { path: 'iaModules.dependencies.plain', message: 'must be a package name, such as @community/geo' },
      {
        path: 'iaModules.dependencies.@c/d',
        message: 'must be a range of versions such as ^1.2.0, ~1.2, ">=1 <3" or 1.x',
      },
      { path: 'iaModules.files', message: 'is no key that manifests have: leave it out' },
      {
        path: 'iaModules.dependencies.@a/b',
        message: 'names the plugin itself: it can call its own code',
      },
    ]);
  });

  it.each([
    ['too deep', JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)],
    ['too large', { ...valid, rest: Array.from({ length: 200_001 }, () => 0) }],
    ['no JSON', { ...valid, iaModules: { ...valid.iaModules, icon: () => 1 } }],
    ['made to reach a prototype', JSON.parse('{"iaModules": {"__proto__": {}}}')],
    [
      'a circle',
      Object.assign(
        { ...valid },
        {
          self: valid,
          get again() {
            return this;
          },
        },
      ),
    ],
  ] as const)('refuses a package.json that is %s', (_, value: unknown) => {
    expect(parseManifest(value)).toMatchObject({ ok: false, diagnostics: [expect.anything()] });
  });

  it('never throws, whatever it is given and wherever', () => {
    const everything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
    const place = fc.constantFrom('name', 'version', 'iaModules', 'contributions', 'steps', 'input', 'permissions');
    const put = (where: string, value: unknown): unknown => {
      if (where === 'steps') return withManifest({ contributions: { steps: value } });
      if (where === 'input')
        return withManifest({ contributions: { steps: [{ name: 'a', title: 'A', input: value }] } });
      if (where === 'contributions' || where === 'permissions') return withManifest({ [where]: value });
      return { ...valid, [where]: value };
    };
    fc.assert(
      fc.property(place, everything, (where, value) => {
        const parsed = parseManifest(put(where, value));
        expect(parsed.ok || parsed.diagnostics.length > 0).toBe(true);
        expect(parseManifest(value).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
