import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { networkError, PluginError } from '@ia-modules/plugin-sdk';

const MAX_STREAM_BYTES = 32 * 1024 * 1024;
const MAX_EVENT_CHARS = 4 * 1024 * 1024;

/**
 * Reads server-sent events as they come in.
 * @throws PluginError `NetworkError` when the server is silent for too long, `IA_PLUGIN_LIMIT`
 */
export const readEvents = async function* (
  body: ReadableStream<Uint8Array>,
  idleTimeoutMs: number,
): AsyncGenerator<EventSourceMessage> {
  const ready: EventSourceMessage[] = [];
  const parser = createParser({ maxBufferSize: MAX_EVENT_CHARS, onEvent: (event) => void ready.push(event) });
  // Keeps what is left of a character until its other bytes arrive.
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let sizeBytes = 0;
  try {
    for (;;) {
      const { done, value } = await readInTime(reader, idleTimeoutMs);
      if (done) return;
      sizeBytes += value.byteLength;
      if (sizeBytes > MAX_STREAM_BYTES) throw tooLong();
      feed(parser, decoder.decode(value, { stream: true }));
      yield* ready.splice(0);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
};

type Reader = ReadableStreamDefaultReader<Uint8Array>;

const readInTime = async (reader: Reader, idleTimeoutMs: number): Promise<Awaited<ReturnType<Reader['read']>>> => {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(networkError(`The model server said nothing for ${idleTimeoutMs} ms.`)),
    idleTimeoutMs,
  );
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
};

const feed = (parser: ReturnType<typeof createParser>, text: string): void => {
  try {
    parser.feed(text);
  } catch (error) {
    throw tooLong(error);
  }
};

const tooLong = (cause?: unknown): PluginError =>
  new PluginError({ code: 'IA_PLUGIN_LIMIT', message: 'The answer of the model server is too long.', cause });
