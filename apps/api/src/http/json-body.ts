import type { IncomingMessage } from 'node:http';
import type { JsonError } from './answer-json.ts';

const MAX_LEVELS = 128;
/** Commas: each stands between two values. */
const MAX_COMMAS = 100_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

export type JsonBody = { readonly json: unknown } | { readonly refusal: JsonError };

const refuse = (status: number, code: JsonError['code'], message: string): { readonly refusal: JsonError } => ({
  refusal: { status, code, message },
});

const skipString = (bytes: Uint8Array, start: number): number => {
  let index = start + 1;
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1;
  return index;
};

/** What is nested deep or has very many parts costs much to read: found out before, by its bytes alone. */
export const findJsonExcess = (bytes: Uint8Array): string | null => {
  let level = 0;
  let commas = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    if (byte === QUOTE) index = skipString(bytes, index);
    else if (byte === COMMA) commas += 1;
    else if (OPENING.has(byte)) level += 1;
    else if (CLOSING.has(byte)) level -= 1;
    if (level > MAX_LEVELS) return `The body is nested deeper than ${MAX_LEVELS} levels.`;
    if (commas > MAX_COMMAS) return `The body has more than ${MAX_COMMAS} values.`;
  }
  return null;
};

export const parseJson = (bytes: Buffer): JsonBody => {
  const excess = findJsonExcess(bytes);
  if (excess !== null) return refuse(400, 'IA_API_LIMIT', excess);
  try {
    return { json: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return refuse(400, 'IA_API_INVALID', 'The body is not JSON.');
  }
};

/** A client that sends slower than this holds a connection for nothing. */
const MIN_BYTES_PER_SECOND = 500;
const PACE_CHECK_MS = 3_000;

export type Bytes = Buffer | 'too large' | 'too slow';

export type BodyBounds = {
  readonly maxBytes: number;
  /** So much more is taken in and dropped: who still sends may not hear the answer. @default 0 */
  readonly droppedBytes?: number;
};

/** The whole body, unless there is more of it than may be, or it comes too slowly. */
export const readBytes = (request: IncomingMessage, { maxBytes, droppedBytes = 0 }: BodyBounds): Promise<Bytes> => {
  const mostBytes = maxBytes + droppedBytes;
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return Promise.resolve('too large');
  const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let checks = 0;
  // The connection is closed with the answer: what still comes is not read.
  const giveUp = (reason: 'too large' | 'too slow'): void => {
    request.pause();
    resolve(reason);
  };
  const pace = setInterval(() => {
    checks += 1;
    if (sizeBytes < (MIN_BYTES_PER_SECOND * checks * PACE_CHECK_MS) / 1_000) giveUp('too slow');
  }, PACE_CHECK_MS);
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > mostBytes) giveUp('too large');
    else if (sizeBytes <= maxBytes) chunks.push(chunk);
  });
  request.on('end', () => resolve(sizeBytes > maxBytes ? 'too large' : joined(chunks)));
  request.on('error', reject);
  request.on('close', () => reject(new Error('The request was not sent to its end.')));
  return promise.finally(() => clearInterval(pace));
};

const joined = (chunks: readonly Buffer[]): Buffer =>
  chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);

export const TOO_SLOW: JsonError = { status: 408, code: 'IA_API_TIMEOUT', message: 'The body comes too slowly.' };

/** Reads a body as JSON, within bounds. */
export const readJson = async (request: IncomingMessage, maxBytes: number): Promise<JsonBody> => {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return refuse(415, 'IA_API_INVALID', 'The body must not be compressed.');
  }
  const bytes = await readBytes(request, { maxBytes });
  if (bytes === 'too large') return refuse(413, 'IA_API_LIMIT', `The body has more than ${maxBytes} bytes.`);
  if (bytes === 'too slow') return { refusal: TOO_SLOW };
  return parseJson(bytes);
};
