import { type Attributes, type Context, context, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';

/** A part of a call's work, told when it was over; `parentId` is the part around it. */
export type TracedPart = {
  readonly spanId: number;
  readonly parentId: number | null;
  readonly name: string;
  /** Milliseconds since 1970, UTC. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly attributes: Attributes;
  /** The name of the error that ended it. */
  readonly error: string | null;
};

/** The span of one call; nothing of it throws. */
export type CallTrace = {
  add(part: TracedPart): void;
  /** Ends the span, with the name of the error that ended the call. */
  end(error?: string): void;
};

export type CallTraceInit = {
  readonly name: string;
  readonly attributes: Attributes;
  /** @default the global one, `ia-modules`, which does nothing where nobody listens */
  readonly tracer?: Tracer;
};

const MAX_PARTS = 1_000;

/** Begins the span of a call. Its parts become spans below it when it ends: an inner one is told before the one around it. */
export const startCallTrace = ({
  name,
  attributes,
  tracer = trace.getTracer('ia-modules'),
}: CallTraceInit): CallTrace => {
  const span = tracer.startSpan(name, { attributes });
  const parts: TracedPart[] = [];
  return {
    add: (part) => {
      if (span.isRecording() && parts.length < MAX_PARTS) parts.push(part);
    },
    end: (error) => {
      const around = new Map<number | null, Context>([[null, trace.setSpan(context.active(), span)]]);
      for (const part of parts.toSorted((left, right) => left.spanId - right.spanId)) {
        const parent = around.get(part.parentId) ?? around.get(null) ?? context.active();
        const child = tracer.startSpan(part.name, { startTime: part.startedAt, attributes: part.attributes }, parent);
        around.set(part.spanId, trace.setSpan(parent, child));
        if (part.error !== null) child.setStatus({ code: SpanStatusCode.ERROR, message: part.error });
        child.end(part.startedAt + part.durationMs);
      }
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end();
    },
  };
};
