import { describe, expect, it } from 'vitest';
import { passGate } from './publish-gate.ts';
import { parsePublishRequest } from './publish-request.ts';
import { inspectTarball } from './tarball.ts';
import type { TarballEntry } from './testing/build-tarball.ts';
import { pluginPackageJson, pluginTarball, publishBody } from './testing/plugin-package.ts';

const NAME = '@community/tool';

async function gate(packageJson: Record<string, unknown>, more: readonly TarballEntry[] = [], integrity?: string) {
  const tarball = pluginTarball(packageJson, ...more);
  const request = parsePublishRequest(NAME, publishBody(NAME, '1.0.0', tarball));
  const contents = await inspectTarball(tarball);
  if (!request.ok || !contents.ok) throw new Error('the test package is not valid');
  return passGate(
    { ...request.value, claimedIntegrity: integrity ?? request.value.claimedIntegrity },
    contents.value,
    'user-1',
  );
}

async function refusalOf(...args: Parameters<typeof gate>): Promise<string> {
  const result = await gate(...args);
  return result.ok ? 'accepted' : result.problems.map(({ code, message }) => `${code}: ${message}`).join('\n');
}

describe('passGate', () => {
  it('takes the document and the catalogue entry from the tarball', async () => {
    const authored = {
      dist: { tarball: 'http://evil.example/x.tgz' },
      _hasShrinkwrap: true,
      deprecated: 'x',
      bin: { tool: 'a.js' },
    };
    const result = await gate(pluginPackageJson(authored));
    expect(result).toMatchObject({
      ok: true,
      value: {
        version: '1.0.0',
        entry: { title: 'Tool', visibility: 'public', readme: '# Tool\n', publishedBy: 'user-1', keywords: ['text'] },
        document: { name: NAME, _id: `${NAME}@1.0.0`, bin: { tool: 'a.js' }, dist: { fileCount: 3 } },
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
    expect(await refusalOf(pluginPackageJson(), [], 'sha512-AAAA')).toMatch(/integrity/);
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
    expect(await refusalOf(pluginPackageJson({ scripts: { test: 'vitest' } }))).toBe('accepted');
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

  it('names all problems at once', async () => {
    const text = await refusalOf(pluginPackageJson({ version: '2.0.0', scripts: { install: 'x' }, iaModules: {} }));
    expect(text).toMatch(/holds/);
    expect(text).toMatch(/install scripts/);
    expect(text).toMatch(/IA_PLUGIN_MANIFEST/);
  });
});
