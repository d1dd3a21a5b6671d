import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PluginReference } from '@ia-modules/engine';
import type { InstalledPlugin } from '@ia-modules/plugin-host';
import { PACKAGE_LIMITS, parseManifest, PlatformError } from '@ia-modules/plugin-sdk';
import { retry } from './retry.ts';
import { unpackTarball } from './unpack-tarball.ts';

export type PluginStoreOptions = {
  /** Holds one folder for each tarball, named after its hash. */
  readonly directory: string;
  readonly registryUrl: string;
  readonly internalToken: string;
};

export type PluginStore = {
  /**
   * Brings exactly this tarball onto this machine: downloaded once, checked against the pinned integrity, unpacked.
   * @throws PlatformError IA_PLUGIN_DOWNLOAD (may be tried again), IA_PLUGIN_INTEGRITY, IA_PLUGIN_TARBALL, IA_PLUGIN_MANIFEST
   */
  install(reference: PluginReference, signal: AbortSignal): Promise<InstalledPlugin>;
};

const DOWNLOAD_TIMEOUT_MS = 30_000;
const MAX_DOWNLOAD_ATTEMPTS = 4;

export const createPluginStore = (options: PluginStoreOptions): PluginStore => {
  const installs = new Map<string, Promise<InstalledPlugin>>();
  return {
    install: async (reference, signal) => {
      const known = installs.get(reference.integrity) ?? installOnce(options, reference);
      installs.set(reference.integrity, known);
      known.catch(() => installs.delete(reference.integrity));
      return await untilAborted(known, signal);
    },
  };
};

/** Several runs may wait for one download: an abort leaves it to the others. */
const untilAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

const installOnce = async (options: PluginStoreOptions, reference: PluginReference): Promise<InstalledPlugin> => {
  const directory = path.join(options.directory, folderName(reference.integrity));
  if (!(await exists(directory))) await downloadInto(directory, options, reference);
  const { name, version, integrity } = reference;
  return { name, version, integrity, directory, manifest: await readManifest(directory, reference) };
};

const folderName = (integrity: string): string => createHash('sha256').update(integrity).digest('hex');

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** The folder appears complete or not at all: it is filled under another name first. */
const downloadInto = async (
  directory: string,
  options: PluginStoreOptions,
  reference: PluginReference,
): Promise<void> => {
  const packed = await retry(
    { signal: new AbortController().signal, maxAttempts: MAX_DOWNLOAD_ATTEMPTS, isTransient: isRetryable },
    () => download(options, reference),
  );
  verifyIntegrity(packed, reference);
  const draft = `${directory}.${randomUUID()}`;
  await mkdir(draft, { recursive: true, mode: 0o755 });
  try {
    await unpackTarball(packed, draft);
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(directory))) throw error;
  }
};

const download = async (
  { registryUrl, internalToken }: PluginStoreOptions,
  { name, version }: PluginReference,
): Promise<Uint8Array> => {
  const url = `${registryUrl}/${name}/-/${name.split('/').at(-1)}-${version}.tgz`;
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${internalToken}` },
      redirect: 'error',
      signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS),
    });
    if (response.ok && response.body !== null) return await readBounded(response.body, name);
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    throw downloadError({ name, version, what: 'the registry does not answer', isRetryable: true, cause });
  }
  const isRetryableStatus = response.status >= 500 || response.status === 429;
  const what = `the registry answered ${response.status}`;
  throw downloadError({ name, version, what, isRetryable: isRetryableStatus });
};

const readBounded = async (body: ReadableStream<Uint8Array>, name: string): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > PACKAGE_LIMITS.packedBytes) {
      throw new PlatformError({
        code: 'IA_PLUGIN_TARBALL',
        message: `The tarball of ${name} is larger than ${PACKAGE_LIMITS.packedBytes} bytes.`,
        fault: 'plugin',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const verifyIntegrity = (packed: Uint8Array, { name, version, integrity }: PluginReference): void => {
  const actual = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
  if (actual === integrity) return;
  throw new PlatformError({
    code: 'IA_PLUGIN_INTEGRITY',
    message: `The tarball of ${name}@${version} is not the one that the pipeline version pinned.`,
    hint: 'Somebody changed the registry’s storage. Check it before you run this plugin again.',
    fault: 'infra',
  });
};

const readManifest = async (directory: string, reference: PluginReference): Promise<InstalledPlugin['manifest']> => {
  const packageJson: unknown = JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8'));
  const parsed = parseManifest(packageJson);
  const isSame = parsed.ok && parsed.package.name === reference.name && parsed.package.version === reference.version;
  if (isSame) return parsed.manifest;
  const why = parsed.ok ? 'names another package' : parsed.diagnostics.map((item) => item.message).join('; ');
  throw new PlatformError({
    code: 'IA_PLUGIN_MANIFEST',
    message: `The package.json of ${reference.name}@${reference.version} is not usable: ${why}.`,
    fault: 'plugin',
  });
};

const isRetryable = (error: unknown): boolean => error instanceof PlatformError && error.disposition === 'retry';

const downloadError = (failure: {
  readonly name: string;
  readonly version: string;
  readonly what: string;
  readonly isRetryable: boolean;
  readonly cause?: unknown;
}): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_DOWNLOAD',
    message: `${failure.name}@${failure.version} could not be downloaded: ${failure.what}.`,
    fault: 'infra',
    disposition: failure.isRetryable ? 'retry' : 'terminal',
    cause: failure.cause,
  });
