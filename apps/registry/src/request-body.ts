import type { IncomingMessage } from 'node:http';
import { registryError } from './registry-error.ts';

/** Reads a JSON body of bounded size. @throws {PlatformError} IA_REGISTRY_REQUEST */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw invalid('The request is not JSON.');
  }
}

function tooLarge(maxBytes: number): Error {
  return invalid(`The request is larger than ${maxBytes} bytes.`);
}

function invalid(message: string): Error {
  return registryError([{ code: 'IA_REGISTRY_REQUEST', message }]);
}
