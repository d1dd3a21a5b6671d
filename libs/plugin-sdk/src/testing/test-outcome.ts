import type { BlobReference } from '../context.ts';
import type { PlatformError } from '../errors.ts';
import type { LogLine, MetricRecord, SpanRecord } from '../host/context-ports.ts';
import type { Json } from '../json.ts';
import type { TestRequest } from './granted-fetch.ts';
import type { HttpTape } from './http-tape.ts';

/** Bytes that a call kept, with the reference that stands for them. */
export type StoredBlob = { readonly reference: BlobReference; readonly bytes: Uint8Array };

/** What one call did besides its output. */
export type TestRecord = {
  readonly logs: readonly LogLine[];
  readonly progress: readonly { readonly fraction: number; readonly message?: string }[];
  readonly costUsd: number;
  readonly spans: readonly SpanRecord[];
  readonly metrics: readonly MetricRecord[];
  /** As they were sent, with their credentials: of the tests alone. */
  readonly requests: readonly TestRequest[];
  /** What it kept. */
  readonly blobs: readonly StoredBlob[];
  /** What was recorded, without credentials; empty unless `http` says `record`. */
  readonly tape: HttpTape;
};

/** A call that went well. */
export type TestResult = TestRecord & { readonly output: Json };
/** A call, whether it went well or failed. */
export type TestOutcome = TestRecord &
  ({ readonly ok: true; readonly output: Json } | { readonly ok: false; readonly error: PlatformError });
