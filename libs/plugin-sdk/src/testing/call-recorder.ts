import type { ContextPorts } from '../host/context-ports.ts';
import { PROTOCOL_LIMITS } from '../protocol.ts';
import type { TestRequest } from './granted-fetch.ts';
import type { HttpExchange } from './http-tape.ts';
import type { Scrub } from './scrub.ts';
import type { StoredBlob, TestRecord } from './test-outcome.ts';

type Told = Required<Pick<ContextPorts, 'onLog' | 'onProgress' | 'onCost' | 'onSpan' | 'onMetric'>>;

/** Keeps what one call tells, within the platform's bounds. */
export type CallRecorder = Told & {
  readonly onRequest: (request: TestRequest) => void;
  readonly onPut: (blob: StoredBlob) => void;
  /** Where a recording `fetch` puts its exchanges. */
  readonly tape: HttpExchange[];
  readonly read: () => TestRecord;
};

type Mutable = { -readonly [K in keyof TestRecord]: TestRecord[K] extends readonly (infer E)[] ? E[] : TestRecord[K] };

export const createCallRecorder = (scrub: Scrub): CallRecorder => {
  const kept: Mutable = {
    logs: [],
    progress: [],
    costUsd: 0,
    spans: [],
    metrics: [],
    requests: [],
    blobs: [],
    tape: [],
  };
  return {
    onLog: ({ level, message }) => {
      const { logLinesPerCall, logLineChars } = PROTOCOL_LIMITS;
      if (kept.logs.length > logLinesPerCall) return;
      const isLast = kept.logs.length === logLinesPerCall;
      kept.logs.push(
        isLast
          ? { level: 'warn', message: 'Further log lines of this call are dropped.' }
          : { level, message: scrub(message.slice(0, logLineChars)) },
      );
    },
    onProgress: (fraction, message) =>
      kept.progress.push({ fraction, ...(message === undefined ? {} : { message: scrub(message) }) }),
    onCost: (usd) => (kept.costUsd += usd),
    onSpan: (span) => kept.spans.push(span),
    onMetric: (metric) => kept.metrics.push(metric),
    onRequest: (request) => kept.requests.push(request),
    onPut: (blob) => kept.blobs.push(blob),
    tape: kept.tape,
    read: () => ({ ...kept }),
  };
};
