import type { PackageDocument } from './package-document.ts';
import type { PackageName } from '../access/package-name.ts';

type Found = Readonly<{ document: PackageDocument | null; revision: string | undefined; sizeBytes: number }>;

const MAX_BYTES = 32 * 1_024 * 1_024;

/**
 * Reads documents again only when their revision is another one, which every call asks for: another process may have
 * written. Holds the ones that were asked for last.
 */
export function createDocumentCache(
  revisionOf: (name: PackageName) => Promise<string | undefined>,
  read: (name: PackageName) => Promise<Found>,
): (name: PackageName) => Promise<PackageDocument | null> {
  const held = new Map<string, Found>();
  let heldBytes = 0;

  const drop = (key: string): void => {
    heldBytes -= held.get(key)?.sizeBytes ?? 0;
    held.delete(key);
  };
  const hold = (key: string, found: Found): void => {
    drop(key);
    held.set(key, found);
    heldBytes += found.sizeBytes;
    for (const oldest of held.keys()) {
      if (heldBytes <= MAX_BYTES) break;
      drop(oldest);
    }
  };

  return async (name) => {
    const revision = await revisionOf(name);
    if (revision === undefined) {
      drop(name.full);
      return null;
    }
    const known = held.get(name.full);
    const found = known?.revision === revision ? known : await read(name);
    if (found.document !== null) hold(name.full, found);
    return found.document;
  };
}
