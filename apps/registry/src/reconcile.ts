import type { Catalogue, PublishIntent } from './catalogue.ts';
import type { PackageStore } from './package-store.ts';

/**
 * Brings one accepted publish to its end: into the catalogue when the storage holds the version, and out of the way when
 * it does not. Doing it again, after a kill at any point, leads to the same end.
 */
export async function settleIntent(intent: PublishIntent, catalogue: Catalogue, store: PackageStore): Promise<void> {
  const { name, version } = intent;
  const stored = (await store.read(name))?.versions[version];
  if (stored === undefined) await store.discardRemains(name, version);
  if (stored?.dist.integrity !== intent.integrity) {
    await catalogue.abandon(intent);
    return;
  }
  const tags = Object.fromEntries(intent.entry.tags.map((tag) => [tag, version]));
  await store.setTags(name, tags);
  const latest = (await store.read(name))?.['dist-tags']['latest'];
  await catalogue.record(intent, latest ?? version);
}

/** Settles what an earlier process left open. Only before the first request: it removes that process's locks. */
export async function reconcileAtBoot(catalogue: Catalogue, store: PackageStore): Promise<number> {
  const intents = await catalogue.pending();
  for (const intent of intents) {
    await store.clearLeftovers(intent.name);
    await settleIntent(intent, catalogue, store);
  }
  return intents.length;
}
