import { PluginError } from '@ia-modules/plugin-sdk';

/** Reads a whole body, and gives up at the first byte beyond the limit. */
export const readBounded = async (
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  what: 'request' | 'response',
): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) {
      throw new PluginError({
        message: `The body of the ${what} is larger than ${maxBytes} bytes.`,
        code: 'IA_PLUGIN_LIMIT',
      });
    }
    chunks.push(chunk);
  }
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
};
