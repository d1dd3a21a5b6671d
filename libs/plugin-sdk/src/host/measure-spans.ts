import type { Clock, Labels, MeasureSpan, Span } from '../context.ts';
import type { SpanRecord } from './context-ports.ts';
import { shortened } from './shortened.ts';

/** Measures the spans of one call, and tells each when it ends. A span is the child of the one whose `span` made it. */
export const measureSpans = (clock: Clock, onSpan: ((span: SpanRecord) => void) | undefined): MeasureSpan => {
  let lastId = 0;
  const below =
    (parentId: number | null): MeasureSpan =>
    async <T>(name: string, work: (span: Span) => T | Promise<T>, initial: Labels = {}): Promise<T> => {
      const spanId = ++lastId;
      const startedAt = clock.now();
      const attributes: Record<string, string | number | boolean> = shortened(initial);
      let error: string | null = null;
      const set = (more: Labels): void => void Object.assign(attributes, shortened(more));
      try {
        return await work({ set, span: below(spanId) });
      } catch (thrown) {
        error = thrown instanceof Error ? thrown.name : 'Error';
        throw thrown;
      } finally {
        onSpan?.({ spanId, parentId, name, startedAt, durationMs: clock.now() - startedAt, attributes, error });
      }
    };
  return below(null);
};
