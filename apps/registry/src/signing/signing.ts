import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { createSigningKeyPem, readSigningKey, type SigningKey } from '@ia-modules/plugin-signatures';

/** Where the private key is: in a setting, or in a file that is made when it is missing. */
export type SigningKeySource = Readonly<{ pem: string }> | Readonly<{ file: string }>;

const OTHERS = 0o077;

/** @throws PlatformError IA_CONFIG_INVALID; what the key is never stands in it. */
export async function loadSigningKey(source: SigningKeySource): Promise<SigningKey> {
  const place = 'pem' in source ? 'IA_REGISTRY_SIGNING_KEY' : source.file;
  const pem = 'pem' in source ? source.pem : await readOrCreate(source.file);
  try {
    return readSigningKey(pem);
  } catch (error) {
    throw invalid(`${place}: ${error instanceof Error ? error.message : 'it can not be read.'}`);
  }
}

async function readOrCreate(file: string): Promise<string> {
  try {
    if (((await stat(file)).mode & OTHERS) !== 0)
      throw invalid(`${file} may be read by others.`, `Run: chmod 600 ${file}`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeOnce(file, createSigningKeyPem());
  return await readFile(file, 'utf8');
}

/** Puts a new key in the place of the one in the file. */
export async function replaceSigningKey(file: string): Promise<SigningKey> {
  const pem = createSigningKeyPem();
  await rename(await writeDraft(file, pem), file);
  return readSigningKey(pem);
}

/** Writes a private file whole or not at all; one that is there stays. */
async function writeOnce(file: string, text: string): Promise<void> {
  const draft = await writeDraft(file, text);
  try {
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}

async function writeDraft(file: string, text: string): Promise<string> {
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return draft;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function invalid(message: string, hint?: string): PlatformError {
  return new PlatformError({
    code: 'IA_CONFIG_INVALID',
    message: `The registry's signing key can't be used. ${message}`,
    hint: hint ?? 'docs/registry.md says what the key is and how it is changed.',
  });
}
