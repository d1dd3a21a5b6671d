import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { runCommand } from '../command.ts';
import { inRepository, SOURCE_FLAGS } from '../repository.ts';
import type { PluginVersion } from './demo-pipeline.ts';

const EXAMPLE = inRepository('examples/plugins/readability');

export type Publication = Readonly<{
  registry: string;
  token: string;
  /** @default the example's own, which is public */
  name?: string;
  say: (line: string) => void;
}>;

export type PublishedPlugin = PluginVersion & Readonly<{ permissions: RequestedPermissions }>;

/** What a plugin asks for and a tenant may grant; its limits hold without a grant. */
type RequestedPermissions = Readonly<{ net: readonly string[]; secrets: readonly string[] }>;

type PackageJson = { name: string; version: string; iaModules?: { permissions?: Partial<RequestedPermissions> } };

/** Builds a copy of the example plugin as the next version that the registry lacks and publishes it with npm. */
export async function publishExample({ registry, token, name, say }: Publication): Promise<PublishedPlugin> {
  // Below the repository's node_modules, so that the copy resolves the SDK as the original does.
  const parent = inRepository('node_modules/.cache/ia-modules');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'plugin-'));
  const privateFolder = mkdtempSync(path.join(parent, 'npm-'));
  try {
    cpSync(EXAMPLE, folder, { recursive: true, filter: (source) => !/\/(node_modules|dist)$/.test(source) });
    const manifestFile = path.join(folder, 'package.json');
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as PackageJson;
    manifest.name = name ?? manifest.name;
    manifest.version = await nextVersion({ registry, token, manifest });
    writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);

    const iaPlugin = inRepository('apps/cli/bin/ia-plugin.mjs');
    await must([process.execPath, ...SOURCE_FLAGS, iaPlugin, 'build', folder], { say });
    await npmPublish({ folder, privateFolder, registry, token, say });
    const { net = [], secrets = [] } = manifest.iaModules?.permissions ?? {};
    return { name: manifest.name, version: manifest.version, permissions: { net, secrets } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(privateFolder, { recursive: true, force: true });
  }
}

type Wanted = Readonly<{ registry: string; token: string; manifest: PackageJson }>;

async function nextVersion({ registry, token, manifest }: Wanted): Promise<string> {
  const response = await fetch(`${registry}/${manifest.name.replace('/', '%2f')}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (response.status === 404) return manifest.version;
  const { versions = {} } = (await response.json()) as { versions?: Record<string, unknown> };
  if (!(manifest.version in versions)) return manifest.version;
  const [major, minor] = manifest.version.split('.');
  const patches = Object.keys(versions)
    .filter((version) => version.startsWith(`${major}.${minor}.`))
    .map((version) => Number.parseInt(version.split('.')[2] ?? '0', 10));
  return `${major}.${minor}.${Math.max(...patches) + 1}`;
}

type NpmPublish = Publication & Readonly<{ folder: string; privateFolder: string }>;

/** With settings of its own: neither a token nor a cache of the user's is touched. */
async function npmPublish({ folder, privateFolder, registry, token, say }: NpmPublish): Promise<void> {
  const userconfig = path.join(privateFolder, 'npmrc');
  const host = registry.replace(/^https?:/, '');
  writeFileSync(userconfig, `registry=${registry}/\n${host}/:_authToken=\${IA_DEMO_TOKEN}\n`, { mode: 0o600 });
  await must(['npm', 'publish', '--registry', `${registry}/`, '--userconfig', userconfig, '--loglevel', 'error'], {
    cwd: folder,
    env: { ...withoutNpmSettings(), IA_DEMO_TOKEN: token, npm_config_cache: path.join(privateFolder, 'cache') },
    say,
  });
}

/** `npm run demo` hands its own settings down, which are meant for this repository. */
function withoutNpmSettings(): Record<string, undefined> {
  return Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^npm_/i.test(name))
      .map((name) => [name, undefined]),
  );
}

type Must = Readonly<{
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
  say: (line: string) => void;
}>;

async function must(words: readonly string[], { cwd, env, say }: Must): Promise<void> {
  const { code, output } = await runCommand(words, { ...(cwd !== undefined && { cwd }), env, onLine: say });
  if (code === 0) return;
  throw new PlatformError({
    code: 'IA_PLATFORM_DEMO',
    message: `${path.basename(words[0] ?? '')} ${words.slice(1).join(' ')} ended with exit code ${code}:\n${output}`,
  });
}
