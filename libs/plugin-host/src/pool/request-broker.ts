import { type Json, PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import {
  type FetchHead,
  type FetchRequest,
  type HostFrame,
  PROTOCOL_LIMITS,
  type RequestError,
  type RequestFrame,
} from '@ia-modules/plugin-sdk/protocol';
import { violation } from '../protocol/violation.ts';
import type { Scrub } from '../scrub.ts';
import { createBlobIntake } from './blob-intake.ts';
import type { CallPorts } from './call-ports.ts';
import { createOneAtATime, type OneAtATime } from './one-at-a-time.ts';
import { createOpenBodies } from './open-bodies.ts';
import { type ByteSource, sourceOfBytes, sourceOfStream } from './piece-sender.ts';

/** Does what the guest asks for within one call, a few things at a time, and answers each, never with a throw. */
export type RequestBroker = {
  /** @throws PlatformError `IA_PLUGIN_PROTOCOL` when the guest asks for too much or repeats an id. */
  readonly take: (frame: RequestFrame) => void;
  readonly stop: () => void;
};

export type RequestBrokerInit = {
  readonly callId: number;
  readonly ports: CallPorts;
  readonly scrub: Scrub;
  readonly send: (frame: HostFrame) => void;
};

type Work = Exclude<RequestFrame, { type: 'blob_chunk' | 'pull' | 'drop' }>;
/** What is answered; a source follows piece by piece. */
type Done = { readonly value: Json; readonly source?: ByteSource | undefined };

export const createRequestBroker = ({ callId: id, ports, scrub, send }: RequestBrokerInit): RequestBroker => {
  const stopped = new AbortController();
  const waiting: Work[] = [];
  const running = new Map<number, AbortController>();
  const intake = createBlobIntake(ports.blobs);
  const readBlob = createOneAtATime();
  const count = { lastRequestId: 0, requests: 0, waitingBytes: 0 };
  const describe = (error: unknown): RequestError => describeScrubbed(error, scrub);

  const bodies = createOpenBodies({ callId: id, send, describe });

  const respond = async (work: Work): Promise<void> => {
    const { requestId } = work;
    const controller = new AbortController();
    running.set(requestId, controller);
    const signal = AbortSignal.any([stopped.signal, controller.signal]);
    const answer = await perform({ work, ports, intake, readBlob, signal }).catch((error: unknown) => ({
      error: describe(error),
    }));
    running.delete(requestId);
    if (signal.aborted) return startNext();
    if ('error' in answer) send({ type: 'answer', id, requestId, error: answer.error });
    else {
      if (answer.source !== undefined) bodies.open(requestId, answer.source);
      send({ type: 'answer', id, requestId, value: answer.value });
    }
    startNext();
  };

  const startNext = (): void => {
    while (running.size < PROTOCOL_LIMITS.concurrentRequests && !stopped.signal.aborted) {
      const next = waiting.shift();
      if (next === undefined) return;
      count.waitingBytes -= sizeOf(next);
      void respond(next);
    }
  };

  const begin = (work: Work): void => {
    count.waitingBytes += sizeOf(work);
    if (work.requestId <= count.lastRequestId) throw violation(8);
    if (++count.requests > PROTOCOL_LIMITS.requestsPerCall) throw violation(8);
    if (count.waitingBytes > PROTOCOL_LIMITS.waitingRequestBytes) throw violation(8);
    count.lastRequestId = work.requestId;
    waiting.push(work);
    startNext();
  };

  const finishBlob = async (requestId: number): Promise<void> => {
    const answer = await intake
      .finish(requestId, stopped.signal)
      .then((value) => ({ value }))
      .catch((error: unknown) => ({ error: describe(error) }));
    if (!stopped.signal.aborted) send({ type: 'answer', id, requestId, ...answer });
  };

  const drop = (requestId: number): void => {
    running.get(requestId)?.abort();
    bodies.drop(requestId);
    intake.drop(requestId);
    const index = waiting.findIndex((work) => work.requestId === requestId);
    if (index >= 0) waiting.splice(index, 1).forEach((work) => (count.waitingBytes -= sizeOf(work)));
  };

  return {
    take: (frame) => {
      switch (frame.type) {
        case 'blob_chunk':
          if (intake.add(frame.requestId, frame.data)) void finishBlob(frame.requestId);
          return;
        case 'pull':
        case 'drop':
          if (frame.requestId > count.lastRequestId) throw violation(11);
          if (frame.type === 'drop') return drop(frame.requestId);
          return bodies.pull(frame.requestId);
        default:
          return begin(frame);
      }
    },
    stop: () => {
      waiting.length = 0;
      stopped.abort();
      bodies.stop();
    },
  };
};

const sizeOf = (work: Work): number => {
  if (work.type === 'fetch') return (work.request.body?.length ?? 0) + work.request.url.length;
  return work.type === 'plugin_call' ? JSON.stringify(work.input).length : 0;
};

type Performing = {
  readonly work: Work;
  readonly ports: CallPorts;
  readonly intake: ReturnType<typeof createBlobIntake>;
  /** A blob is in memory as a whole, whatever its reference says of its size. */
  readonly readBlob: OneAtATime;
  readonly signal: AbortSignal;
};

const perform = async ({ work, ports, intake, readBlob, signal }: Performing): Promise<Done> => {
  switch (work.type) {
    case 'fetch':
      return await performFetch(ports, work.request, signal);
    case 'plugin_call':
      return { value: await ports.callPlugin(work.uses, work.input, signal) };
    case 'blob_put':
      intake.begin(work);
      return { value: null };
    default:
      return {
        value: null,
        source: sourceOfBytes(await readBlob(signal, () => ports.blobs().get(work.reference, signal))),
      };
  }
};

const performFetch = async (ports: CallPorts, request: FetchRequest, signal: AbortSignal): Promise<Done> => {
  const response = await ports.fetch(request.url, {
    method: request.method,
    headers: request.headers,
    body: request.body === null ? null : Buffer.from(request.body, 'base64'),
    redirect: request.redirect,
    signal,
  });
  const { url, status, statusText, redirected, body } = response;
  const headers = [...response.headers];
  const head: FetchHead = { url, status, statusText, redirected, headers, hasBody: body !== null };
  return { value: head as unknown as Json, source: body === null ? undefined : sourceOfStream(body) };
};

const describeScrubbed = (error: unknown, scrub: Scrub): RequestError => {
  if (error instanceof PlatformError) {
    const { name, code, message, hint, disposition } = error;
    const retryable = error instanceof PluginError ? error.retryable : disposition === 'retry';
    return { name, code, message: scrub(message), retryable, ...(hint === undefined ? {} : { hint: scrub(hint) }) };
  }
  const message = error instanceof TypeError ? scrub(error.message) : 'The request failed.';
  return { name: 'TypeError', code: 'IA_PLUGIN_FAILED', message, retryable: false };
};
