import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { PackageDocument } from './package-document.ts';
import { type PackageName, parsePackageName } from '../access/package-name.ts';
import type { PackageStore } from './package-store.ts';

/** What Verdaccio reads packages through; handed over in its configuration, since Verdaccio makes the instance. */
export type StorageServices = Readonly<{
  store: Pick<PackageStore, 'readCached' | 'openTarball'>;
  /** Makes of a document what is served of it. */
  present: (document: PackageDocument) => PackageDocument;
  /** Calls when the response that is being made was sent, or its client is gone. */
  onResponseEnd: (task: () => void) => void;
}>;

type Callback<T> = (error: Error | null, result?: T) => void;

/** Lets Verdaccio read what the registry stores. It never writes: all writes are the registry's own. */
class PlatformStorage {
  readonly #services: StorageServices;

  constructor(config: { readonly services: () => StorageServices }) {
    this.#services = config.services();
  }

  getPackageStorage(packageName: string): PackageReader {
    return new PackageReader(parsePackageName(packageName), this.#services);
  }

  /** Signs nothing: the platform's tokens let callers in. */
  async getSecret(): Promise<string> {
    return randomBytes(16).toString('hex');
  }

  async setSecret(secret: string): Promise<string> {
    return secret;
  }

  /** The packages for Verdaccio's own search, which the catalogue answers instead. */
  get(done: Callback<readonly string[]>): void {
    done(null, []);
  }
}

class PackageReader {
  readonly #name: PackageName | null;
  readonly #services: StorageServices;

  constructor(name: PackageName | null, services: StorageServices) {
    this.#name = name;
    this.#services = services;
  }

  readPackage(_packageName: string, done: Callback<PackageDocument>): void {
    void this.#answer(done);
  }

  readTarball(filename: string): PassThrough & { abort(): void } {
    const piece = Object.assign(new PassThrough(), { abort: () => piece.destroy() });
    this.#services.onResponseEnd(() => piece.destroy());
    this.#pipeTarball(filename, piece).catch((error: unknown) => piece.destroy(asError(error)));
    return piece;
  }

  async #answer(done: Callback<PackageDocument>): Promise<void> {
    let document: PackageDocument;
    try {
      const found = await this.#readDocument();
      if (found === null) throw missing();
      document = found;
    } catch (error) {
      done(asError(error));
      return;
    }
    done(null, document);
  }

  async #readDocument(): Promise<PackageDocument | null> {
    if (this.#name === null) return null;
    const document = await this.#services.store.readCached(this.#name);
    if (document === null) return null;
    const presented = this.#services.present(document);
    // Verdaccio writes into what it reads, down to here.
    return {
      ...presented,
      versions: { ...presented.versions },
      'dist-tags': { ...presented['dist-tags'] },
      time: { ...presented.time },
    };
  }

  async #pipeTarball(filename: string, target: PassThrough): Promise<void> {
    const found = this.#name === null ? undefined : await this.#services.store.openTarball(this.#name, filename);
    if (found === undefined) throw missing();
    const { body, sizeBytes } = found;
    target.once('close', () => body.destroy());
    body.once('error', (error) => target.destroy(error));
    if (target.destroyed) body.destroy();
    target.emit('content-length', sizeBytes);
    target.emit('open');
    body.pipe(target);
  }
}

/** What Verdaccio takes for a 404. */
function missing(): Error {
  return Object.assign(new Error('no such file available'), { code: 'ENOENT' });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

// oxlint-disable-next-line import/no-default-export -- Verdaccio loads a plugin by its default export
export default PlatformStorage;
