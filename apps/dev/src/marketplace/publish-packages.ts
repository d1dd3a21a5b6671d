import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { npmPublish } from '../npm-publish.ts';
import { inRepository } from '../repository.ts';
import type { MarketplacePackage } from './marketplace-packages.ts';

export type PublishPackages = Readonly<{
  registry: string;
  /** Tokens that may publish, by the slugs of their tenants. */
  tokens: Readonly<Record<MarketplacePackage['publisher'], string>>;
  packages: readonly MarketplacePackage[];
  say: (line: string) => void;
}>;

/** Publishes with npm what the registry lacks of the packages; says how many that were. */
export async function publishPackages({ registry, tokens, packages, say }: PublishPackages): Promise<number> {
  let count = 0;
  for (const item of packages) {
    const token = tokens[item.publisher];
    const label = `${item.name}@${item.version}`;
    if (await isPublished(registry, token, item)) {
      say(`${label} is there.`);
      continue;
    }
    await publishOne(item, { registry, token });
    count += 1;
    say(`${label} is published.`);
  }
  return count;
}

async function isPublished(registry: string, token: string, { name, version }: MarketplacePackage): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${registry}/${name.replace('/', '%2f')}`, { headers });
  if (response.status === 404) return false;
  const { versions = {} } = (await response.json()) as { readonly versions?: Readonly<Record<string, unknown>> };
  return Object.hasOwn(versions, version);
}

async function publishOne(item: MarketplacePackage, at: Readonly<{ registry: string; token: string }>): Promise<void> {
  // Below the repository's node_modules, so that what is built there finds the SDK.
  const parent = inRepository('node_modules/.cache/ia-modules');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'package-'));
  const quiet = () => undefined;
  try {
    await item.stage(folder, quiet);
    await npmPublish({ ...at, folder, say: quiet });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
