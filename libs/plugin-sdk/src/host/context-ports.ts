import type { BlobReference, Clock, Labels, TaskInfo } from '../context.ts';
import type { Json } from '../json.ts';

export type LogLine = { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string };

/** A part of the work that was measured; `parentId` is the span around it, null for one that stands in the call itself. */
export type SpanRecord = {
  readonly spanId: number;
  readonly parentId: number | null;
  readonly name: string;
  /** Milliseconds since 1970, UTC. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly attributes: Labels;
  /** The name of the error that ended it. */
  readonly error: string | null;
};

export type MetricRecord = {
  readonly kind: 'counter' | 'histogram';
  readonly name: string;
  readonly value: number;
  readonly labels: Labels;
};

/** Where a plugin keeps bytes; whoever gives it has bound it to a tenant and a run. */
export type BlobPort = {
  readonly put: (bytes: Uint8Array, contentType: string, signal: AbortSignal) => Promise<BlobReference>;
  readonly get: (reference: BlobReference, signal: AbortSignal) => Promise<Uint8Array>;
};

/** What a context stands on. What is left out is told to nobody, or refused where an answer is needed. */
export type ContextPorts = {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  readonly secrets: Readonly<Record<string, string>>;
  readonly idempotencyKey: string;
  readonly task: TaskInfo;
  /** @default the real one */
  readonly clock?: Clock | undefined;
  readonly onLog?: ((line: LogLine) => void) | undefined;
  readonly onProgress?: ((fraction: number, message: string | undefined) => void) | undefined;
  readonly onCost?: ((usd: number) => void) | undefined;
  readonly onSpan?: ((span: SpanRecord) => void) | undefined;
  readonly onMetric?: ((metric: MetricRecord) => void) | undefined;
  /** Given only when the plugin has the permission `blobs`. */
  readonly blobs?: BlobPort | undefined;
  readonly callPlugin?: ((uses: string, input: Json, signal: AbortSignal) => Promise<Json>) | undefined;
};
