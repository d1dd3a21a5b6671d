import {
  assign,
  defineProperties,
  type Frame,
  fromBase64,
  NativePromise,
  NativeRequest,
  NativeResponse,
  NativeStream,
  NativeTypeError,
  toBase64,
  write,
} from './primitives.ts';
import type { RunningCall } from './running-call.ts';

export type FetchInput = string | URL | Request;
type Pending = { readonly onFrame: (frame: Frame) => void };
type Asked = { readonly call: RunningCall; readonly requestId: number };
type Answer = { readonly value: unknown } | { readonly error: object };
type Reference = { readonly blob: string; readonly sizeBytes: number; readonly contentType: string };
type Head = {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly redirected: boolean;
  readonly headers: [string, string][];
  readonly hasBody: boolean;
};

const CHUNK_BYTES = 262_144;
const MAX_BLOB_BYTES = 67_108_864;
const PULLS_AHEAD = 2;
const pending = new Map<number, Pending>();
const last = { requestId: 0 };

/** Hands an answer or a piece of a body to whoever waits for it. */
export const takeAnswer = (frame: Frame): void => pending.get(frame['requestId'] as number)?.onFrame(frame);

const errorOf = (told: object): Error => assign(new NativeTypeError((told as Error).message), told);

const beginRequest = (call: RunningCall | null, what: string): Asked => {
  if (call === null || call.isOver) throw new NativeTypeError(`${what} works only while a call runs.`);
  call.controller.signal.throwIfAborted();
  return { call, requestId: ++last.requestId };
};

/** Sends a frame, and waits for one answer. */
const ask = ({ call, requestId }: Asked, frame: object, signal?: AbortSignal): Promise<unknown> =>
  new NativePromise((resolve, reject) => {
    const settle = (): void => {
      call.waiting--;
      pending.delete(requestId);
      call.stops.delete(stop);
      signal?.removeEventListener('abort', abort);
    };
    const stop = (reason: unknown): void => {
      settle();
      reject(reason);
    };
    const abort = (): void => {
      if (!call.isOver) write({ type: 'drop', id: call.id, requestId });
      stop(signal?.reason);
    };
    if (signal?.aborted === true) return reject(signal.reason);
    call.waiting++;
    signal?.addEventListener('abort', abort);
    call.stops.add(stop);
    pending.set(requestId, {
      onFrame: (answer) => {
        settle();
        const told = answer as unknown as Answer;
        if ('error' in told) reject(errorOf(told.error));
        else resolve(told.value);
      },
    });
    write({ ...frame, id: call.id, requestId });
  });

/** What the host keeps for a request, piece by piece: a piece is sent when it was asked for. */
const readPieces = ({ call, requestId }: Asked, signal?: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> => {
  let asked = 0;
  let wake: (() => void) | null = null;
  const settle = (): void => {
    pending.delete(requestId);
    call.stops.delete(stopped.fail);
    signal?.removeEventListener('abort', abort);
    wake?.();
  };
  const drop = (): void => {
    if (!call.isOver) write({ type: 'drop', id: call.id, requestId });
  };
  const stopped = { fail: (_reason: unknown): void => {} };
  const abort = (): void => {
    drop();
    stopped.fail(signal?.reason);
  };
  return new NativeStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => {
      stopped.fail = (reason) => {
        settle();
        controller.error(reason);
      };
      call.stops.add(stopped.fail);
      signal?.addEventListener('abort', abort);
      pending.set(requestId, {
        onFrame: (frame) => {
          asked--;
          if (frame['error'] !== undefined) return stopped.fail(errorOf(frame['error'] as object));
          if (frame['data'] !== '') controller.enqueue(fromBase64(frame['data'] as string));
          if (frame['isLast'] === true) {
            controller.close();
            settle();
          }
          wake?.();
        },
      });
    },
    pull: () => {
      if (call.isOver) return stopped.fail(new NativeTypeError('The call of this body is over.'));
      for (; asked < PULLS_AHEAD; asked++) write({ type: 'pull', id: call.id, requestId });
      return new NativePromise<void>((resolve) => {
        wake = resolve;
      });
    },
    cancel: () => {
      drop();
      settle();
    },
  });
};

const readBody = async (call: RunningCall | null, request: Request): Promise<Uint8Array> => {
  if (call !== null) call.waiting++;
  try {
    return new Uint8Array(await request.arrayBuffer());
  } finally {
    if (call !== null) call.waiting--;
  }
};

export const guardedFetch = async (
  call: RunningCall | null,
  input: FetchInput,
  init?: RequestInit,
): Promise<Response> => {
  const request = new NativeRequest(input, init);
  const { url, method, redirect, signal } = request;
  const body = request.body === null ? null : toBase64(await readBody(call, request));
  const asked = beginRequest(call, 'fetch');
  const headers = [...request.headers];
  const head = (await ask(asked, { type: 'fetch', request: { url, method, headers, redirect, body } }, signal)) as Head;
  const response = new NativeResponse(head.hasBody ? readPieces(asked, signal) : null, {
    status: head.status,
    statusText: head.statusText,
    headers: head.headers,
  });
  defineProperties(response, { url: { value: head.url }, redirected: { value: head.redirected } });
  return response;
};

export const putBlob = async (
  call: RunningCall,
  bytes: Uint8Array,
  { contentType = 'application/octet-stream' }: { readonly contentType?: string } = {},
): Promise<Reference> => {
  const sizeBytes = bytes.byteLength;
  if (sizeBytes > MAX_BLOB_BYTES) {
    const message = `${sizeBytes} bytes are more than the ${MAX_BLOB_BYTES} that one blob may have.`;
    throw errorOf({ name: 'PluginError', code: 'IA_PLUGIN_LIMIT', message, retryable: false });
  }
  const asked = beginRequest(call, 'A blob');
  await ask(asked, { type: 'blob_put', contentType, sizeBytes });
  let answer: Promise<unknown> | undefined;
  for (let offset = 0; offset === 0 || offset < sizeBytes; offset += CHUNK_BYTES) {
    const frame = { type: 'blob_chunk', data: toBase64(bytes.subarray(offset, offset + CHUNK_BYTES)) };
    if (offset + CHUNK_BYTES >= sizeBytes) answer = ask(asked, frame);
    else write({ ...frame, id: call.id, requestId: asked.requestId });
  }
  return (await answer) as Reference;
};

export const getBlob = async (call: RunningCall, reference: Reference): Promise<Uint8Array> => {
  const asked = beginRequest(call, 'A blob');
  const { blob, sizeBytes, contentType } = reference;
  await ask(asked, { type: 'blob_get', reference: { blob, sizeBytes, contentType } });
  return new Uint8Array(await new NativeResponse(readPieces(asked)).arrayBuffer());
};

export const callPlugin = async (call: RunningCall, uses: string, input: unknown): Promise<unknown> =>
  await ask(beginRequest(call, 'A plugin'), { type: 'plugin_call', uses, input: input ?? null });
