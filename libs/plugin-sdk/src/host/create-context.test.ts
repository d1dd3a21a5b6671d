import { describe, expect, it } from 'vitest';
import type { BlobReference } from '../context.ts';
import type { BlobPort, ContextPorts, LogLine, MetricRecord, SpanRecord } from './context-ports.ts';
import { createContext } from './create-context.ts';

const contextWith = (ports: Partial<ContextPorts> = {}) =>
  createContext({
    fetch,
    signal: new AbortController().signal,
    secrets: {},
    idempotencyKey: 'k',
    task: { runId: 'r', stepId: 's', attempt: 1 },
    ...ports,
  });

const traced = () => {
  const spans: SpanRecord[] = [];
  const ctx = contextWith({ onSpan: (span) => spans.push(span), clock: { now: () => 5, sleep: async () => {} } });
  const tree = () => {
    const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
    return Object.fromEntries(
      spans.map(({ name, parentId }) => [name, parentId === null ? null : names.get(parentId)]),
    );
  };
  return { ctx, spans, tree };
};

describe('span', () => {
  it('gives what the work gives, and says when it was and what it said of itself', async () => {
    const { ctx, spans } = traced();
    const work = ctx.span('parse', (span) => (span.set({ pages: 2 }), 'done'), { source: 'x'.repeat(300) });
    await expect(work).resolves.toBe('done');
    expect(spans).toEqual([
      {
        spanId: 1,
        parentId: null,
        name: 'parse',
        startedAt: 5,
        durationMs: 0,
        attributes: { pages: 2, source: 'x'.repeat(200) },
        error: null,
      },
    ]);
  });

  it('keeps siblings apart that run at the same time', async () => {
    const { ctx, tree } = traced();
    await ctx.span('all', (all) =>
      Promise.all(
        ['a', 'b'].map((name) =>
          all.span(name, async (one) => {
            await Promise.resolve();
            await one.span(`${name}1`, () => Promise.resolve());
          }),
        ),
      ),
    );
    expect(tree()).toEqual({ a1: 'a', b1: 'b', a: 'all', b: 'all', all: null });
  });

  it('stands in the call itself when it is made by the context', async () => {
    const { ctx, tree } = traced();
    await Promise.all([ctx.span('a', () => Promise.resolve()), ctx.span('b', () => 1)]);
    expect(tree()).toEqual({ a: null, b: null });
  });

  it('names the error that ended it, and lets it through', async () => {
    const { ctx, spans } = traced();
    await expect(ctx.span('bad', () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    expect(spans[0]).toMatchObject({ name: 'bad', error: 'RangeError' });
  });
});

describe('what a plugin tells', () => {
  it('tells logs by level', () => {
    const lines: LogLine[] = [];
    const { logger } = contextWith({ onLog: (line) => lines.push(line) });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level);
    expect(lines).toEqual(['debug', 'info', 'warn', 'error'].map((level) => ({ level, message: level })));
  });

  it('tells progress between 0 and 1', () => {
    const told: unknown[] = [];
    const { progress } = contextWith({ onProgress: (...report) => told.push(report) });
    progress(-1);
    progress(0.5, 'half');
    progress(7);
    progress(Number.NaN);
    expect(told).toEqual([
      [0, undefined],
      [0.5, 'half'],
      [1, undefined],
    ]);
  });

  it('tells metrics, and takes no numbers that are none', () => {
    const told: MetricRecord[] = [];
    const { metrics } = contextWith({ onMetric: (metric) => told.push(metric) });
    metrics.count('pages');
    metrics.record('parse_seconds', 0.2, { kind: 'y'.repeat(201) });
    expect(told).toEqual([
      { kind: 'counter', name: 'pages', value: 1, labels: {} },
      { kind: 'histogram', name: 'parse_seconds', value: 0.2, labels: { kind: 'y'.repeat(200) } },
    ]);
    expect(() => metrics.count('pages', Infinity)).toThrow(RangeError);
  });

  it('tells costs, and takes none that could pay something back', () => {
    const told: number[] = [];
    const { cost } = contextWith({ onCost: (usd) => told.push(usd) });
    cost(0.5);
    expect(() => cost(-1)).toThrow(RangeError);
    expect(told).toEqual([0.5]);
  });
});

describe('what a plugin asks for', () => {
  const reference: BlobReference = { blob: 'b', sizeBytes: 1, contentType: 'text/plain' };

  it('keeps and reads bytes where the permission is given', async () => {
    const blobs: BlobPort = {
      put: async (bytes, contentType) => ({ blob: 'b', sizeBytes: bytes.byteLength, contentType }),
      get: async () => new Uint8Array([7]),
    };
    const ctx = contextWith({ blobs });
    await expect(ctx.blobs.put(new Uint8Array(3))).resolves.toEqual({
      blob: 'b',
      sizeBytes: 3,
      contentType: 'application/octet-stream',
    });
    await expect(ctx.blobs.get(reference)).resolves.toEqual(new Uint8Array([7]));
    await expect(ctx.blobs.put(new Uint8Array(64 * 1024 * 1024 + 1))).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
  });

  it('refuses bytes without it', async () => {
    const { blobs } = contextWith();
    await expect(blobs.put(new Uint8Array(1))).rejects.toMatchObject({ code: 'IA_PLUGIN_BLOB_DENIED' });
    await expect(blobs.get(reference)).rejects.toMatchObject({ code: 'IA_PLUGIN_BLOB_DENIED' });
  });

  it('calls other plugins only where there are any', async () => {
    await expect(contextWith().plugins.call('@a/b#c', 1)).rejects.toMatchObject({ code: 'IA_PLUGIN_DEPENDENCY' });
    const ctx = contextWith({ callPlugin: async (uses, input) => [uses, input] });
    await expect(ctx.plugins.call('@a/b#c', 1)).resolves.toEqual(['@a/b#c', 1]);
  });
});
