import { type Attributes, type Context, type Span, trace, type Tracer } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { startCallTrace } from './call-trace.ts';

type Seen = { name: string; parent: string | undefined; status?: string; attributes?: Attributes; endedAt?: unknown };

const createTracer = (): { readonly tracer: Tracer; readonly seen: Seen[] } => {
  const seen: Seen[] = [];
  const spans = new WeakMap<object, Seen>();
  const startSpan = (name: string, options: { attributes?: Attributes } = {}, parent?: Context): Span => {
    const above = parent === undefined ? undefined : trace.getSpan(parent);
    const known: Seen = {
      name,
      parent: above === undefined ? undefined : spans.get(above)?.name,
      ...(options.attributes === undefined ? {} : { attributes: options.attributes }),
    };
    const span = {
      isRecording: () => true,
      setStatus: ({ message }: { message?: string }) => void (known.status = message ?? ''),
      end: (at?: unknown) => void (known.endedAt = at),
    } as unknown as Span;
    spans.set(span, known);
    seen.push(known);
    return span;
  };
  return { tracer: { startSpan } as unknown as Tracer, seen };
};

test('parts stand below the part around them, whichever was told first', () => {
  const { tracer, seen } = createTracer();
  const call = startCallTrace({ name: 'plugin step', attributes: { plugin: '@a/b' }, tracer });
  const part = { startedAt: 1_000, durationMs: 5, attributes: {}, error: null };
  call.add({ ...part, spanId: 2, parentId: 1, name: 'inner', error: 'TypeError' });
  call.add({ ...part, spanId: 1, parentId: null, name: 'outer' });
  call.end('TypeError');
  expect(seen).toEqual([
    { name: 'plugin step', parent: undefined, attributes: { plugin: '@a/b' }, status: 'TypeError', endedAt: undefined },
    { name: 'outer', parent: 'plugin step', attributes: {}, endedAt: 1_005 },
    { name: 'inner', parent: 'outer', attributes: {}, status: 'TypeError', endedAt: 1_005 },
  ]);
});

test('where nobody listens, a call is none the worse', () => {
  const call = startCallTrace({ name: 'plugin step', attributes: {} });
  call.add({ spanId: 1, parentId: null, name: 'x', startedAt: 0, durationMs: 1, attributes: {}, error: null });
  expect(() => call.end()).not.toThrow();
});
