import { describe, expect, it } from 'vitest';
import { createSigningKeyPem, readSigningKey } from '@ia-modules/plugin-signatures';
import { createPublishGate } from './publish-gate.ts';
import { parsePublishRequest } from './publish-request.ts';
import type { TarballEntry } from '../testing/build-tarball.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../testing/plugin-package.ts';

const NAME = '@community/tool';

// In two parts, so that nothing takes these lines for secrets.
const GITHUB_TOKEN = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_');
const PRIVATE_KEY = ['PRIVATE', 'KEY'].join(' ');

const signingKey = readSigningKey(createSigningKeyPem());
const pass = createPublishGate({
  signingKey: async () => signingKey,
  findLookAlikes: async () => [],
  selfTest: null,
});

async function gate(
  packageJson: Record<string, unknown>,
  more: readonly TarballEntry[] = [],
  { integrity, name = NAME }: { integrity?: string; name?: string } = {},
) {
  const request = parsePublishRequest(name, publishBody(name, '1.0.0', pluginTarball(packageJson, ...more)));
  if (!request.ok) throw new Error('the test request is not valid');
  const claimedIntegrity = integrity ?? request.value.claimedIntegrity;
  return await pass({ ...request.value, claimedIntegrity }, { tenantId: 'tenant-1', createdBy: 'user-1' });
}

async function refusalOf(...args: Parameters<typeof gate>): Promise<string> {
  const result = await gate(...args);
  return result.ok ? 'accepted' : result.problems.map(({ code, message }) => `${code}: ${message}`).join('\n');
}

describe('the gate', () => {
  it('takes the document and the catalogue entry from the tarball', async () => {
    const authored = {
      dist: { tarball: 'http://evil.example/x.tgz' },
      _hasShrinkwrap: true,
      deprecated: 'x',
      funding: 'https://example.com',
    };
    const result = await gate(pluginPackageJson(authored));
    expect(result).toMatchObject({
      ok: true,
      value: {
        version: '1.0.0',
        entry: { title: 'Tool', visibility: 'public', readme: '# Tool\n', publishedBy: 'user-1', keywords: ['text'] },
        document: { name: NAME, _id: `${NAME}@1.0.0`, funding: 'https://example.com', dist: { fileCount: 3 } },
      },
    });
    const document = result.ok ? JSON.stringify(result.value.document) : '';
    expect(document).not.toMatch(/evil|_hasShrinkwrap|deprecated/);
  });

  it('refuses a tarball that holds another name or version than the request says', async () => {
    expect(await refusalOf(pluginPackageJson({ version: '2.0.0' }))).toMatch(/holds @community\/tool@2\.0\.0/);
    expect(await refusalOf(pluginPackageJson({ name: '@acme/tool' }))).toMatch(/holds @acme\/tool@1\.0\.0/);
  });

  it('refuses another integrity than the request names', async () => {
    expect(await refusalOf(pluginPackageJson(), [], { integrity: 'sha512-AAAA' })).toMatch(/integrity/);
  });

  it('refuses texts that the catalogue can not hold', async () => {
    expect(await refusalOf(pluginPackageJson({ description: 'a\0b' }))).toMatch(/package\.json holds a NUL/);
    expect(await refusalOf(pluginPackageJson({ keywords: ['\ud800'] }))).toMatch(/package\.json holds a NUL/);
    expect(await refusalOf(pluginPackageJson({ config: { 'a\0': 1 } }))).toMatch(/package\.json holds a NUL/);
  });

  it.each(['preinstall', 'install', 'postinstall'])('refuses a %s script', async (script) => {
    expect(await refusalOf(pluginPackageJson({ scripts: { [script]: 'true' } }))).toMatch(`refused: ${script}`);
  });

  it('refuses what makes npm compile at installation, and lets other scripts be', async () => {
    expect(await refusalOf(pluginPackageJson(), [{ path: 'package/binding.gyp', content: '{}' }])).toMatch(
      /binding\.gyp/,
    );
    expect(await refusalOf(pluginPackageJson(), [{ path: 'package/BINDING.gyp', content: '{}' }])).toMatch(
      /binding\.gyp/,
    );
    expect(await refusalOf(pluginPackageJson({ scripts: { test: 'vitest' } }))).toBe('accepted');
  });

  it('refuses a dependency that npm would look for in a file', async () => {
    expect(await refusalOf(pluginPackageJson({ dependencies: { a: 'a.tgz' } }))).toMatch(
      /dependencies\.a comes from no/,
    );
    expect(await refusalOf(pluginPackageJson({ dependencies: { a: 'next' } }))).toBe('accepted');
  });

  it('refuses a missing or wrong manifest and an entry that is not there', async () => {
    expect(await refusalOf(pluginPackageJson({ iaModules: undefined }))).toMatch(/IA_PLUGIN_MANIFEST.*iaModules/);
    const manifest = { apiVersion: 1, entry: 'dist/other.js', contributions: { steps: [{ name: 'a', title: 'A' }] } };
    expect(await refusalOf(pluginPackageJson({ iaModules: manifest }))).toMatch(/no file dist\/other\.js/);
  });

  it('refuses an icon that is not there, of the plugin or of what it contributes', async () => {
    const step = { name: 'a', title: 'A', icon: 'icons/a.svg' };
    const manifest = { apiVersion: 1, icon: 'icon.svg', contributions: { steps: [step] } };
    const text = await refusalOf(pluginPackageJson({ iaModules: manifest }));
    expect(text).toMatch(/no file icon\.svg/);
    expect(text).toMatch(/no file icons\/a\.svg/);
    const icons = ['icon.svg', 'icons/a.svg'].map((path) => ({ path: `package/${path}`, content: '<svg/>' }));
    expect(await refusalOf(pluginPackageJson({ iaModules: manifest }), icons)).toBe('accepted');
  });

  it.each([
    [
      'a script',
      '<svg><script>alert(1)</script></svg>',
      /icon\.svg has <script>, which an icon may not have \(line 1\)/,
    ],
    ['an event handler', '<svg onload="alert(1)"/>', /icon\.svg has the attribute onload, which runs code/],
    ['a link', '<svg><a href="https://evil.example"/></svg>', /icon\.svg has <a>/],
    ['foreign content', '<svg><foreignObject/></svg>', /icon\.svg has <foreignObject>/],
    ['more than an icon needs', `<svg>${' '.repeat(32_768)}</svg>`, /icon\.svg is larger than 32768 bytes/],
  ])('refuses an icon with %s', async (_name, content, told) => {
    const contributions = { steps: [{ name: 'a', title: 'A' }] };
    const packageJson = pluginPackageJson({ iaModules: { apiVersion: 1, icon: 'icon.svg', contributions } });
    expect(await refusalOf(packageJson, [{ path: 'package/icon.svg', content }])).toMatch(told);
  });

  it('takes no trust from others than the platform', async () => {
    const manifest = { apiVersion: 1, runtime: 'trusted', contributions: { steps: [{ name: 'a', title: 'A' }] } };
    expect(await refusalOf(pluginPackageJson({ iaModules: manifest }))).toMatch(/only plugins of the platform itself/);
  });

  it.each([
    ['a GitHub token', `const token = "${GITHUB_TOKEN}";`],
    [
      'a private key',
      `-----BEGIN RSA ${PRIVATE_KEY}-----\n${'MIICWwIBAAKBgQCYdGaf5uYMsilGHfnx'.repeat(4)}\n-----END RSA ${PRIVATE_KEY}-----`,
    ],
  ])('finds %s and says where, not what', async (_name, secret) => {
    const text = await refusalOf(pluginPackageJson(), [{ path: 'package/docs/notes.md', content: `\n\n${secret}\n` }]);
    expect(text).toMatch(/IA_REGISTRY_SECRET: docs\/notes\.md, line 3: looks like a secret/);
    expect(text).not.toContain(secret.slice(20, 40));
  });

  it.each([
    ['a token of the platform', 'src/a.js', `const token = "ia_${'a1B2c'.repeat(8)}xyz";`],
    ['a key of AWS in JSON', 'config.json', `{"secretAccessKey":"${'wJalrXUtn/'.repeat(4)}"}`],
    ['a short private key', 'key.txt', `-----BEGIN EC ${PRIVATE_KEY}-----\n${'MHcCAQEEIIrY'.repeat(10)}\n`],
    ['a text of Windows', 'a.txt', Buffer.from(`\ufeffconst token = "${GITHUB_TOKEN}";`, 'utf16le')],
    ['a file for secrets', '.env.local', 'DB_PASSWORD=hunter2\n'],
    ['settings of npm', 'lib/.npmrc', 'registry=https://example.com\n'],
  ])('finds %s', async (_name, path, content) => {
    const text = await refusalOf(pluginPackageJson(), [{ path: `package/${path}`, content }]);
    expect(text).toContain(`IA_REGISTRY_SECRET: ${path}, line 1`);
  });

  it('takes an example of settings', async () => {
    const example = { path: 'package/.env.example', content: 'DB_PASSWORD=\n' };
    expect(await refusalOf(pluginPackageJson(), [example])).toBe('accepted');
  });

  it('lets a place pass that its author has marked as no secret', async () => {
    const content = `// secretlint-disable-next-line\nconst sample = "${GITHUB_TOKEN}";\n`;
    expect(await refusalOf(pluginPackageJson(), [{ path: 'package/dist/sample.js', content }])).toBe('accepted');
  });

  it('refuses programs and packages of others in a plugin', async () => {
    expect(await refusalOf(pluginPackageJson({ bin: { tool: 'dist/plugin.js' } }))).toMatch(/installs no programs/);
    expect(await refusalOf(pluginPackageJson({ bundleDependencies: ['zod'] }))).toMatch(/no packages of others/);
    const bundled = [{ path: 'package/node_modules/zod/index.js', content: '' }];
    expect(await refusalOf(pluginPackageJson(), bundled)).toMatch(/no packages of others/);
  });

  it.each([
    'git+https://example.com/a.git',
    'github:someone/a',
    'someone/a',
    'file:../a',
    'https://example.com/a.tgz',
    'npm:b@git://x/y',
  ])('refuses a dependency on %s', async (range) => {
    expect(await refusalOf(pluginPackageJson({ dependencies: { a: range } }))).toMatch(/dependencies\.a comes from no/);
  });

  it.each(['^1.2.3', 'latest', '*', 'npm:b@^2', '>=1 <3'])('takes a dependency on %s', async (range) => {
    expect(await refusalOf(pluginPackageJson({ dependencies: { a: range } }))).toBe('accepted');
  });

  it('refuses a range of platforms that none can be in', async () => {
    const base = { apiVersion: 1, contributions: { steps: [{ name: 'a', title: 'A' }] } };
    const asking = (platform: string) =>
      refusalOf(pluginPackageJson({ iaModules: { ...base, engines: { platform } } }));
    expect(await asking('>2 <1')).toMatch(/no version of the platform can be in/);
    expect(await asking('>=0.1.0')).toBe('accepted');
  });

  it('takes packages that are no plugins from the platform alone', async () => {
    const name = '@ia-modules/tool';
    const packageJson = pluginPackageJson({
      name,
      iaModules: undefined,
      bin: { tool: 'a.js' },
      bundleDependencies: ['zod'],
    });
    const bundled = [{ path: 'package/node_modules/zod/index.js', content: '' }];
    expect(await gate(packageJson, bundled, { name })).toMatchObject({
      ok: true,
      value: { entry: { manifest: null } },
    });
  });

  it('signs what it accepts, and passes on icon and category', async () => {
    const manifest = {
      apiVersion: 1,
      icon: 'icon.svg',
      category: 'text',
      contributions: { steps: [{ name: 'a', title: 'A' }] },
    };
    const result = await gate(pluginPackageJson({ iaModules: manifest }), [
      { path: 'package/icon.svg', content: '<svg/>' },
    ]);
    const signatures = [{ keyid: expect.stringMatching(/^SHA256:/), sig: expect.any(String) }];
    expect(result).toMatchObject({
      ok: true,
      value: { entry: { icon: '<svg/>', category: 'text', signatures }, document: { dist: { signatures } } },
    });
  });

  it('names all problems at once', async () => {
    const text = await refusalOf(pluginPackageJson({ version: '2.0.0', scripts: { install: 'x' }, iaModules: {} }));
    expect(text).toMatch(/holds/);
    expect(text).toMatch(/install scripts/);
    expect(text).toMatch(/IA_PLUGIN_MANIFEST/);
  });
});
