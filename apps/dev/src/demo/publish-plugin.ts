import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stageExample } from '../marketplace/stage-example.ts';
import { npmPublish } from '../npm-publish.ts';
import { inRepository } from '../repository.ts';
import type { PluginVersion } from './demo-pipeline.ts';

const EXAMPLE = 'readability';

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
  try {
    await stageExample(EXAMPLE, folder, say);
    const manifestFile = path.join(folder, 'package.json');
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as PackageJson;
    manifest.name = name ?? manifest.name;
    manifest.version = await nextVersion({ registry, token, manifest });
    writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);

    await npmPublish({ folder, registry, token, say });
    const { net = [], secrets = [] } = manifest.iaModules?.permissions ?? {};
    return { name: manifest.name, version: manifest.version, permissions: { net, secrets } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
