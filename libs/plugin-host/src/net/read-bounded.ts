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
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes, what);
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

/** As much of a web stream as is used here: the standard's types differ between Node and browsers. */
type Readable = {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
    cancel(reason?: unknown): Promise<void>;
  };
};

type Limiting = {
  readonly body: Readable;
  readonly maxBytes: number;
  /** What a reader gets in place of an error of the network. */
  readonly describe: (error: unknown) => unknown;
};

/** Hands a body on as it is read, up to the limit. */
export const limitBody = ({ body, maxBytes, describe }: Limiting): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const reader = body.getReader();
  let sizeBytes = 0;
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        try {
          const { value, done } = await reader.read();
          if (done || value === undefined) return controller.close();
          sizeBytes += value.byteLength;
          if (sizeBytes > maxBytes) throw tooLarge(maxBytes, 'response');
          controller.enqueue(value as Uint8Array<ArrayBuffer>);
        } catch (error) {
          void reader.cancel().catch(() => {});
          controller.error(describe(error));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
};

const tooLarge = (maxBytes: number, what: 'request' | 'response'): PluginError =>
  new PluginError({ message: `The body of the ${what} is larger than ${maxBytes} bytes.`, code: 'IA_PLUGIN_LIMIT' });
