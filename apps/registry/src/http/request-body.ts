import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createByteGate } from './byte-gate.ts';
import { parseJsonWithBytes } from './json-with-bytes.ts';
import { registryError } from '../registry-error.ts';

export type BodyLimits = Readonly<{
  maxBytes: number;
  /** Of what is not base64. */
  maxTextBytes: number;
  /** What all large bodies that are worked on may hold together. */
  maxHeldBytes: number;
}>;

/** Reads the JSON bodies of writes. */
export type Bodies = Readonly<{
  /**
   * Runs work on a body. A large one waits on the disk until there is room for it, so that slow senders hold no memory and
   * many at once no more than one does. @throws {PlatformError} IA_REGISTRY_REQUEST
   */
  use<T>(request: IncomingMessage, work: (body: unknown) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}>;

/** Smaller bodies stay in memory. */
const SMALL_BYTES = 512 * 1024;

/** Reads a small JSON body. @throws {PlatformError} IA_REGISTRY_REQUEST */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { chunks } = await receive(request, Math.min(maxBytes, SMALL_BYTES), '');
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw invalid('The request is not JSON.');
  }
}

type Received = Readonly<{ bytes: number; chunks: readonly Buffer[]; file: string | undefined }>;

export async function createBodies(limits: BodyLimits): Promise<Bodies> {
  const folder = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  const gate = createByteGate(limits.maxHeldBytes);
  let count = 0;
  return {
    use: async (request, work) => {
      const file = join(folder, String(++count));
      try {
        const received = await receive(request, limits.maxBytes, file);
        if (received.file === undefined) return await work(await parse(Buffer.concat(received.chunks), limits));
        return await gate(
          received.bytes,
          async () => await work(await parse(await load(file, received.bytes), limits)),
        );
      } finally {
        await rm(file, { force: true });
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function receive(request: IncomingMessage, maxBytes: number, file: string): Promise<Received> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  let chunks: Buffer[] = [];
  let bytes = 0;
  let disk: WriteStream | undefined;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
      if (bytes <= SMALL_BYTES) continue;
      disk ??= createWriteStream(file, { mode: 0o600 });
      const isFull = !disk.write(Buffer.concat(chunks));
      chunks = [];
      if (isFull) await once(disk, 'drain');
    }
  } finally {
    if (disk !== undefined) await ended(disk);
  }
  return { bytes, chunks, file: disk === undefined ? undefined : file };
}

async function ended(disk: WriteStream): Promise<void> {
  disk.end();
  if (!disk.closed) await once(disk, 'close');
}

async function load(file: string, bytes: number): Promise<Buffer> {
  const body = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) at += chunk.copy(body, at);
  return body;
}

async function parse(body: Buffer, { maxTextBytes }: BodyLimits): Promise<unknown> {
  try {
    return await parseJsonWithBytes(body, maxTextBytes);
  } catch {
    throw invalid('The request is not JSON, or holds too much beside its tarball.');
  }
}

function tooLarge(maxBytes: number): Error {
  return invalid(`The request is larger than ${maxBytes} bytes.`);
}

function invalid(message: string): Error {
  return registryError([{ code: 'IA_REGISTRY_REQUEST', message }]);
}
