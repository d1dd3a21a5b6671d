/**
 * What the guest needs of the language and of Deno, captured before the plugin loads: a plugin that patches globals then breaks only
 * itself. Safety never rests on the guest, it rests on the cage and the host.
 */
export type Frame = { readonly type: string; readonly id: number; readonly [key: string]: unknown };

type DenoApi = {
  readonly args: readonly string[];
  readonly stdin: { readonly readable: ReadableStream<Uint8Array> };
  readonly stdout: { writeSync(bytes: Uint8Array): number };
  readonly stderr: { writeSync(bytes: Uint8Array): number };
  exit(code: number): never;
};

export const deno = (globalThis as unknown as { readonly Deno: DenoApi }).Deno;
export const { parse, stringify } = JSON;
export const { isFinite: isFiniteNumber } = Number;
export const { assign, entries, defineProperties } = Object;
export const { now } = Date;
export const exit = deno.exit.bind(deno);
export const setTimer = setTimeout;
export const clearTimer = clearTimeout;
export const NativeRequest = Request;
export const NativeResponse = Response;
export const NativePromise = Promise;
export const NativeStream = ReadableStream;
export const NativeTypeError = TypeError;
export const NativeRangeError = RangeError;
export const NativeDomException = DOMException;

const writeSync = deno.stdout.writeSync.bind(deno.stdout);
const writeErrorSync = deno.stderr.writeSync.bind(deno.stderr);
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);

type Base64Bytes = Uint8Array<ArrayBuffer> & { toBase64(): string };
export const fromBase64 = (
  Uint8Array as unknown as { fromBase64(text: string): Uint8Array<ArrayBuffer> }
).fromBase64.bind(Uint8Array);
export const toBase64 = (bytes: Uint8Array): string => (bytes as Base64Bytes).toBase64();

const MAX_TEXT_CHARS = 2_000;

export const write = (frame: object): void => {
  let bytes = encode(`${stringify(frame)}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(writeSync(bytes));
};

export const writeError = (text: string): void => void writeErrorSync(encode(text));

/** A text of what may be anything, at most so long; reading it may throw. */
export const textOf = (read: () => unknown, maxChars = MAX_TEXT_CHARS): string => {
  try {
    return String(read()).slice(0, maxChars);
  } catch {
    return '?';
  }
};

export const property = (value: unknown, key: string): unknown => {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
};

export const describeError = (thrown: unknown): object => {
  const code = property(thrown, 'code');
  const hint = property(thrown, 'hint');
  const outcome = property(thrown, 'outcome') ?? property(property(thrown, 'details'), 'outcome');
  return {
    name: textOf(() => property(thrown, 'name') ?? 'Error', 100),
    message: textOf(() => property(thrown, 'message') ?? thrown),
    retryable: property(thrown, 'retryable') !== false,
    ...(typeof code === 'string' ? { code: textOf(() => code, 64) } : {}),
    ...(typeof hint === 'string' ? { hint: textOf(() => hint) } : {}),
    ...(outcome === 'unknown' ? { outcome } : {}),
  };
};
