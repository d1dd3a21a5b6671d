import type { Catalogue, PublishIntent } from '../catalogue/catalogue.ts';
import type { PackageStore } from './package-store.ts';

/**
 * Brings one accepted publish to its end: into the catalogue when the storage holds the version, and out of the way when
 * it does not. Doing it again, after a kill at any point, leads to the same end. Only under the package's lock: a publish
 * that goes on elsewhere looks like one that was killed.
 */
export async function settleIntent(
  intent: PublishIntent,
  catalogue: Pick<Catalogue, 'abandon' | 'record'>,
  store: Pick<PackageStore, 'read' | 'discardRemains'>,
): Promise<void> {
  const { name, version } = intent;
  const document = await store.read(name);
  const stored = document?.versions[version];
  if (stored === undefined) await store.discardRemains(name, version);
  if (stored?.dist.integrity !== intent.integrity) {
    await catalogue.abandon(intent);
    return;
  }
  await catalogue.record(intent, document?.['dist-tags']['latest'] ?? version);
}
