import { type Json, PluginError } from '@ia-modules/plugin-sdk';

/** @throws PluginError `IA_PLUGIN_LIMIT` at the first byte beyond the bound, which counts what was unpacked */
export const readBytes = async (response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
};

/** Reads a body as UTF-8, without the byte order mark. */
export const readText = async (response: Response, maxBytes: number): Promise<string> =>
  new TextDecoder().decode(await readBytes(response, maxBytes));

/**
 * Parses what a server sent as JSON; an empty body is null.
 * @throws PluginError `HttpBodyError`
 */
export const parseJsonBody = (text: string, host: string): Json => {
  if (text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new PluginError({
      name: 'HttpBodyError',
      message: `${host} should have sent JSON and sent something else.`,
      cause: error,
    });
  }
};

const tooLarge = (maxBytes: number): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `The body of the response is larger than ${maxBytes} bytes.`,
  });
