import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Json } from '@ia-modules/plugin-sdk';
import { manifestSchema, PluginError } from '@ia-modules/plugin-sdk';
import type { BlobPort, LogLine, MetricRecord, SpanRecord } from '@ia-modules/plugin-sdk/host';
import { PROTOCOL_LIMITS, PROTOCOL_VERSION, VIOLATIONS } from '@ia-modules/plugin-sdk/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSandboxPool, type SandboxCall, type SandboxPool, type SandboxPoolOptions } from '../src/index.ts';
import { findDenoBinary } from '../src/process/deno-binary.ts';
import { denoArgs, denoEnv } from '../src/process/launch-plan.ts';
import { callOf, createPluginFixture, type FixtureInit } from './plugin-fixture.ts';

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const poolOf = async (options: SandboxPoolOptions = {}): Promise<SandboxPool> => {
  const pool = await createSandboxPool(options);
  cleanups.push(() => pool.close());
  return pool;
};

const pluginOf = async (init: FixtureInit & { readonly manifest?: object }) => {
  const { plugin, remove } = await createPluginFixture(init);
  cleanups.push(remove);
  const base = { apiVersion: 1, contributions: { steps: [{ name: 'go', title: 'Go' }] } };
  return {
    ...plugin,
    manifest: manifestSchema.parse({ ...base, permissions: init.permissions ?? {}, ...init.manifest }),
  };
};

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `localhost:${(server.address() as AddressInfo).port}`;
};

const memoryBlobs = (): BlobPort => {
  const kept = new Map<string, Uint8Array>();
  return {
    put: async (bytes, contentType) => {
      const blob = `blob-${kept.size}`;
      kept.set(blob, Uint8Array.from(bytes));
      return { blob, sizeBytes: bytes.byteLength, contentType };
    },
    get: async ({ blob }) => {
      const bytes = kept.get(blob);
      if (bytes === undefined) throw new PluginError({ code: 'IA_BLOB_MISSING', message: `There is no ${blob}.` });
      return bytes;
    },
  };
};

describe('the protocol document', () => {
  const document = readFileSync(new URL('../../../docs/protocol/plugin.md', import.meta.url), 'utf8');

  it('lists every violation by its number and its words', () => {
    const rows = [...document.matchAll(/^\| (\d+) \| ([^|:,]+)/gm)].map(([, number, text]) => [
      Number(number),
      text?.trim(),
    ]);
    const wanted = Object.entries(VIOLATIONS).map(([number, text]) => [Number(number), text.split(/[:,]/)[0]]);
    expect(rows).toEqual(wanted);
  });

  it('names the limits that the code has', () => {
    const { frameBytes, frameDepth, requestsPerCall, framesPerCall, pullsAhead, blobBytes } = PROTOCOL_LIMITS;
    const texts = [frameBytes / 2 ** 20, frameDepth, requestsPerCall, framesPerCall, pullsAhead, blobBytes / 2 ** 20];
    const units = ['MiB', 'levels', 'a call', '|', 'pulls ahead', 'MiB'];
    for (const [index, value] of texts.entries()) {
      expect(document).toContain(`${value.toLocaleString('en-US')} ${units[index]}`);
    }
  });
});

describe('a call', () => {
  it('gets its input with the defaults of the manifest, and must return what it promises', async () => {
    const step = {
      name: 'go',
      title: 'Go',
      input: {
        type: 'object',
        properties: { city: { type: 'string' }, unit: { type: 'string', default: 'C' } },
        required: ['city'],
      },
      output: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    };
    const plugin = await pluginOf({
      run: `return input.city === 'none' ? {} : input;`,
      manifest: { contributions: { steps: [step] } },
    });
    const pool = await poolOf();
    expect(await pool.call(callOf(plugin, { input: { city: 'Rome' } }))).toEqual({ city: 'Rome', unit: 'C' });
    await expect(pool.call(callOf(plugin, { input: {} }))).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    await expect(pool.call(callOf(plugin, { input: { city: 'none' } }))).rejects.toMatchObject({
      code: 'IA_PLUGIN_OUTPUT',
    });
  });

  it('reaches a contribution by kind and name', async () => {
    const plugin = await pluginOf({
      module: `const one = (kind, answer) => ({ kind, name: 'pick', describe: () => ({ name: 'pick', title: 'Pick', description: '' }), run: async (input) => answer(input) });
        export const plugin = { contributions: [one('step', () => 'step'), one('condition', ({ config }) => config.wanted === true), one('validator', () => ({ valid: 1 }))] };`,
      manifest: {
        contributions: Object.fromEntries(
          ['steps', 'conditions', 'validators', 'hooks'].map((list) => [list, [{ name: 'pick', title: 'Pick' }]]),
        ),
      },
    });
    const pool = await poolOf();
    const pick = (kind: SandboxCall['kind'], input: Json) => pool.call(callOf(plugin, { kind, name: 'pick', input }));
    expect(await pick('step', {})).toBe('step');
    expect(await pick('condition', { config: { wanted: true }, parameters: {}, step: null })).toBe(true);
    await expect(pick('validator', { value: 1, config: {} })).rejects.toMatchObject({ code: 'IA_PLUGIN_OUTPUT' });
    await expect(pick('hook', { event: {}, config: {} })).rejects.toMatchObject({ code: 'IA_PLUGIN_STEP' });
    await expect(pick('transform', { value: 1 })).rejects.toMatchObject({ code: 'IA_PLUGIN_STEP' });
  });

  it('knows its task, and says when nobody knows whether it was done', async () => {
    const plugin = await pluginOf({
      run: `if (input === 'task') return ctx.task;
        throw Object.assign(new Error('lost'), input === 'details' ? { details: { outcome: 'unknown' } } : { outcome: 'unknown' });`,
    });
    const pool = await poolOf();
    expect(await pool.call(callOf(plugin, { input: 'task' }))).toEqual({ runId: 'run-1', stepId: 'go', attempt: 1 });
    for (const input of ['details', 'own']) {
      await expect(pool.call(callOf(plugin, { input }))).rejects.toMatchObject({ details: { outcome: 'unknown' } });
    }
  });

  it('reports spans that nest, and metrics, without secrets', async () => {
    const plugin = await pluginOf({
      run: `await ctx.span('outer ' + ctx.secrets.TOKEN, async (span) => { span.set({ found: 2 }); await span.span('inner', () => 1); }, { source: 'a' });
        await ctx.span('broken', () => { throw new TypeError('x'); }).catch(() => {});
        ctx.metrics.count('pages', 2, { site: ctx.secrets.TOKEN }); ctx.metrics.record('parse_seconds', 0.5);
        try { ctx.metrics.count('Bad Name'); } catch (error) { return error.name; }`,
      permissions: { secrets: ['TOKEN'] },
    });
    const pool = await poolOf();
    const spans: SpanRecord[] = [];
    const metrics: MetricRecord[] = [];
    const before = Date.now();
    const output = await pool.call(
      callOf(plugin, {
        secrets: { TOKEN: 'abcd-1234' },
        onSpan: (span) => spans.push(span),
        onMetric: (metric) => metrics.push(metric),
      }),
    );
    expect(output).toBe('RangeError');
    expect(spans.map(({ spanId, parentId, name, error }) => ({ spanId, parentId, name, error }))).toEqual([
      { spanId: 2, parentId: 1, name: 'inner', error: null },
      { spanId: 1, parentId: null, name: 'outer ***', error: null },
      { spanId: 3, parentId: null, name: 'broken', error: 'TypeError' },
    ]);
    expect(spans[1]?.attributes).toEqual({ source: 'a', found: 2 });
    expect(
      spans.every(({ startedAt, durationMs }) => startedAt >= before && startedAt + durationMs <= Date.now()),
    ).toBe(true);
    expect(metrics).toEqual([
      { kind: 'counter', name: 'pages', value: 2, labels: { site: '***' } },
      { kind: 'histogram', name: 'parse_seconds', value: 0.5, labels: {} },
    ]);
  });

  it('drops reports that are too many, and says so once', async () => {
    const plugin = await pluginOf({
      run: `for (let i = 0; i < 1100; i++) await ctx.span('s', () => 1);
        for (let i = 0; i < 150; i++) ctx.metrics.count('m' + i); return 'done';`,
    });
    const pool = await poolOf();
    const counts = { spans: 0, metrics: 0 };
    const logs: LogLine[] = [];
    await pool.call(
      callOf(plugin, {
        onSpan: () => counts.spans++,
        onMetric: () => counts.metrics++,
        onLog: (line) => logs.push(line),
      }),
    );
    expect(counts).toEqual({ spans: 1_000, metrics: 100 });
    expect(logs).toHaveLength(2);
  });

  it('sleeps on the clock until it is canceled, and keeps the process when it ends in time', async () => {
    const plugin = await pluginOf({
      module: `let calls = 0; export const plugin = { contributions: [{ kind: 'step', name: 'go', run: async (input, ctx) => {
        calls++; if (input === 'count') return calls; ctx.logger.info('on'); await ctx.clock.sleep(600_000); } }] };`,
    });
    const pool = await poolOf({ maxProcesses: 1 });
    const controller = new AbortController();
    const sleeping = pool.call(
      callOf(plugin, { input: 'sleep', signal: controller.signal, onLog: () => controller.abort() }),
    );
    await expect(sleeping).rejects.toMatchObject({ code: 'IA_PLUGIN_CANCELED' });
    expect(await pool.call(callOf(plugin, { input: 'count' }))).toBe(2);
  });
});

describe('a body', () => {
  it('streams in both directions of time: the guest reads what it wants, and cancels the rest', async () => {
    const state = { sentBytes: 0, isClosed: Promise.withResolvers<void>() };
    const host = await serve((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const send = (): void => {
        while (!response.destroyed && state.sentBytes < 30 * 1024 * 1024) {
          state.sentBytes += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', send);
        }
        response.end();
      };
      response.on('close', () => state.isClosed.resolve());
      send();
    });
    const plugin = await pluginOf({
      run: `const response = await fetch('http://${host}/'); const reader = response.body.getReader();
        if (input === 'all') { let size = 0; for (;;) { const { done, value } = await reader.read(); if (done) return size; size += value.length; } }
        const { value } = await reader.read(); await reader.cancel(); return value.length > 0;`,
      permissions: { net: [host] },
    });
    const pool = await poolOf({ egressAllow: [host] });
    expect(await pool.call(callOf(plugin, { input: 'first' }))).toBe(true);
    await state.isClosed.promise;
    expect(state.sentBytes).toBeLessThan(30 * 1024 * 1024);
    state.sentBytes = 0;
    expect(await pool.call(callOf(plugin, { input: 'all' }))).toBe(30 * 1024 * 1024);
  });

  it('fails when it is too large, cut off or aborted', async () => {
    const aborted = Promise.withResolvers<void>();
    const host = await serve((request, response) => {
      if (request.url === '/large') response.end(Buffer.alloc(33 * 1024 * 1024));
      else if (request.url === '/cut')
        response.writeHead(200, { 'content-length': '9' }).write('x', () => response.destroy());
      else request.socket.on('close', () => aborted.resolve());
    });
    const plugin = await pluginOf({
      run: `if (input === 'hang') { const c = new AbortController(); setTimeout(() => c.abort(), 20); return fetch('http://${host}/hang', { signal: c.signal }).catch((error) => error.name); }
        return (await fetch('http://${host}/' + input)).text().then((text) => text.length);`,
      permissions: { net: [host] },
    });
    const pool = await poolOf({ egressAllow: [host] });
    await expect(pool.call(callOf(plugin, { input: 'large' }))).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    await expect(pool.call(callOf(plugin, { input: 'cut' }))).rejects.toMatchObject({
      name: 'NetworkError',
      disposition: 'retry',
    });
    expect(await pool.call(callOf(plugin, { input: 'hang' }))).toBe('AbortError');
    await aborted.promise;
  });

  it('may be left unread, as often as a call may ask', async () => {
    const host = await serve((_request, response) => response.end('x'.repeat(100_000)));
    const plugin = await pluginOf({
      run: `let ok = 0; for (let i = 0; i < 100; i++) ok += (await fetch('http://${host}/')).ok ? 1 : 0; return ok;`,
      permissions: { net: [host] },
    });
    const pool = await poolOf({ egressAllow: [host] });
    expect(await pool.call(callOf(plugin))).toBe(100);
  });

  it('is recorded without secrets, and replayed without the network', async () => {
    const host = await serve((request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/plain', 'set-cookie': 'a=b' })
        .end(`hello ${String(request.headers['x-token'])}`);
    });
    const plugin = await pluginOf({
      run: `const response = await fetch('http://${host}/x?key=' + ctx.secrets.TOKEN, { headers: { 'x-token': ctx.secrets.TOKEN, authorization: 'Bearer x' } });
        return [response.status, await response.text()];`,
      permissions: { net: [host], secrets: ['TOKEN'] },
    });
    const tape: unknown[] = [];
    const pool = await poolOf({ egressAllow: [host] });
    const secrets = { TOKEN: 'abcd-1234' };
    const live = await pool.call(callOf(plugin, { secrets, net: { record: (exchange) => tape.push(exchange) } }));
    expect(live).toEqual([200, 'hello abcd-1234']);
    expect(JSON.stringify(tape)).not.toMatch(/abcd-1234|Bearer|a=b/);
    const offline = await poolOf();
    const replay = { replay: JSON.parse(JSON.stringify(tape)) };
    expect(await offline.call(callOf(plugin, { secrets, net: replay }))).toEqual([200, 'hello ***']);
    const unmatched = offline.call(callOf(plugin, { secrets, net: { replay: [] } }));
    await expect(unmatched).rejects.toMatchObject({ code: 'IA_PLUGIN_NET_TAPE', name: 'TapeError' });
    const grant = { net: [], secrets: ['TOKEN'], blobs: false };
    await expect(offline.call(callOf(plugin, { secrets, grant, net: replay }))).rejects.toMatchObject({
      code: 'IA_PLUGIN_NET_DENIED',
    });
  });
});

describe('blobs', () => {
  it('go through the host piece by piece, where manifest and grant allow it', async () => {
    const plugin = await pluginOf({
      run: `const bytes = new Uint8Array(input); for (let i = 0; i < input; i += 997) bytes[i] = i % 251;
        const reference = await ctx.blobs.put(bytes, { contentType: 'image/png' }); const back = await ctx.blobs.get(reference);
        return [reference, back.length, back.every((byte, i) => byte === bytes[i])];`,
      permissions: { blobs: true },
    });
    const pool = await poolOf();
    const blobs = memoryBlobs();
    for (const size of [0, 1, 1_000_003]) {
      const [reference, length, isSame] = (await pool.call(callOf(plugin, { input: size, blobs }))) as Json[];
      expect([length, isSame, reference]).toEqual([
        size,
        true,
        expect.objectContaining({ sizeBytes: size, contentType: 'image/png' }),
      ]);
    }
    const denied = { code: 'IA_PLUGIN_BLOB_DENIED' };
    const grant = { net: [], secrets: [], blobs: false };
    await expect(pool.call(callOf(plugin, { input: 1, blobs, grant }))).rejects.toMatchObject(denied);
    await expect(pool.call(callOf(plugin, { input: 1 }))).rejects.toMatchObject(denied);
  });

  it('that are gone are told apart', async () => {
    const plugin = await pluginOf({
      run: `return ctx.blobs.get({ blob: 'none', sizeBytes: 1, contentType: 'x' });`,
      permissions: { blobs: true },
    });
    const pool = await poolOf();
    await expect(pool.call(callOf(plugin, { blobs: memoryBlobs() }))).rejects.toMatchObject({
      code: 'IA_BLOB_MISSING',
    });
  });
});

describe('calls of other plugins', () => {
  it('reach dependencies alone, and their errors come back', async () => {
    const plugin = await pluginOf({
      run: `return ctx.plugins.call(input, { x: 1 });`,
      manifest: { dependencies: { '@community/geo': '^1.0.0' } },
    });
    const pool = await poolOf();
    const callPlugin = async (uses: string, input: Json): Promise<Json> => {
      if (uses.endsWith('#fail'))
        throw new PluginError({ message: 'no such place', name: 'PlaceError', retryable: true });
      return [uses, input];
    };
    const call = (uses: string) => pool.call(callOf(plugin, { input: uses, callPlugin }));
    expect(await call('@community/geo#locate')).toEqual(['@community/geo#locate', { x: 1 }]);
    await expect(call('@community/geo#fail')).rejects.toMatchObject({ name: 'PlaceError', disposition: 'retry' });
    for (const uses of ['@community/other#x', '@community/geo', '@community/geo#locate#x', '__proto__#x', '']) {
      await expect(call(uses)).rejects.toMatchObject({ code: 'IA_PLUGIN_DEPENDENCY' });
    }
  });

  it('do not wait for one another: each depth has processes of its own', async () => {
    const plugin = await pluginOf({
      run: `return input === 0 ? 'end' : ctx.plugins.call('@community/fixture#go', input - 1);`,
      manifest: { dependencies: { '@community/fixture': '*' } },
    });
    const pool = await poolOf({ maxProcesses: 1, maxMemoryMb: 2_048 });
    const callAt = (depth: number, input: Json): Promise<Json> =>
      pool.call(callOf(plugin, { depth, input, callPlugin: (_uses, next) => callAt(depth + 1, next) }));
    expect(await Promise.all([callAt(0, 3), callAt(0, 3), callAt(0, 3)])).toEqual(['end', 'end', 'end']);
    await expect(callAt(0, 4)).rejects.toMatchObject({ code: 'IA_PLUGIN_DEPENDENCY' });
  });
});

describe('a process', () => {
  const LIFE = (init: string, rest = ''): FixtureInit => ({
    module: `let starts = 0; export const plugin = { contributions: [{ kind: 'step', name: 'go', run: async () => starts }],
      init: async (ctx) => { starts++; ${init} }, ${rest} };`,
  });

  it('is made ready once, by the first call', async () => {
    const plugin = await pluginOf(LIFE(`ctx.logger.info('starting');`));
    const pool = await poolOf();
    const logs: LogLine[] = [];
    const call = callOf(plugin, { onLog: (line) => logs.push(line) });
    expect([await pool.call(call), await pool.call(call)]).toEqual([1, 1]);
    expect(logs).toEqual([{ level: 'info', message: 'starting' }]);
  });

  it('that can not be made ready fails its call, and the next one starts over', async () => {
    const plugin = await pluginOf({
      ...LIFE(`if (ctx.secrets.TOKEN === 'bad') throw new Error('not yet');`),
      permissions: { secrets: ['TOKEN'] },
    });
    const pool = await poolOf();
    await expect(pool.call(callOf(plugin, { secrets: { TOKEN: 'bad' } }))).rejects.toMatchObject({
      message: 'not yet',
    });
    expect(await pool.call(callOf(plugin, { secrets: { TOKEN: 'good' } }))).toBe(1);
  });

  it('tells whether the plugin can work', async () => {
    const plugin = await pluginOf({
      ...LIFE('', `health: (ctx) => { if (ctx.secrets.TOKEN !== 'good') throw new Error('wrong token'); }`),
      permissions: { secrets: ['TOKEN'] },
    });
    const pool = await poolOf();
    const { tenantId, grant } = callOf(plugin);
    await pool.health({ tenantId, plugin, grant, secrets: { TOKEN: 'good' } });
    await expect(pool.health({ tenantId, plugin, grant, secrets: { TOKEN: 'bad' } })).rejects.toThrow('wrong token');
  });

  it.each(['shutdown', 'the end of its input'])('lets the plugin end what it holds at %s', async (how) => {
    const { directory, manifest } = await pluginOf(
      LIFE('', `shutdown: () => void Deno.stderr.writeSync(new TextEncoder().encode('bye'))`),
    );
    const guestPath = fileURLToPath(new URL('../src/guest/guest.ts', import.meta.url));
    const target = {
      denoPath: findDenoBinary(),
      guestPath,
      directory,
      entry: manifest.entry,
      memoryMb: 64,
      concurrency: 1,
    };
    const args = [...denoArgs(directory, guestPath, target), pathToFileURL(join(directory, manifest.entry)).href, '1'];
    const guest = spawn(target.denoPath, args, { env: denoEnv(await mkdtemp(join(tmpdir(), 'ia-guest-'))) });
    const [ready] = (await once(createInterface(guest.stdout), 'line')) as [string];
    expect(JSON.parse(ready)).toEqual({
      type: 'ready',
      protocol: PROTOCOL_VERSION,
      contributions: [{ kind: 'step', name: 'go' }],
    });
    if (how === 'shutdown') guest.stdin.write('{"type":"shutdown"}\n');
    else guest.stdin.end();
    const [said, [code]] = await Promise.all([readText(guest.stderr), once(guest, 'close')]);
    expect([said, code]).toEqual(['bye', 0]);
  });

  it('that does not want to end is killed', async () => {
    const plugin = await pluginOf(LIFE('', 'shutdown: () => { for (;;); }'));
    const pool = await createSandboxPool();
    await pool.call(callOf(plugin));
    await pool.close();
    await expect(pool.call(callOf(plugin))).rejects.toThrow('The sandbox pool is closed.');
  });

  it('works on as many calls at once as the manifest says, each with its own console and fetch', async () => {
    const plugin = await pluginOf({
      module: `let busy = 0; let wake; const full = new Promise((resolve) => { wake = resolve; });
        export const plugin = { contributions: [{ kind: 'step', name: 'go', run: async (input) => {
          if (++busy === 4) wake(); await full; console.log('I am ' + input); return busy; } }] };`,
      manifest: { concurrency: 4 },
    });
    const pool = await poolOf({ maxProcesses: 1 });
    const logs = new Map<Json, string[]>();
    const outputs = await Promise.all(
      [1, 2, 3, 4].map((input) => {
        logs.set(input, []);
        return pool.call(callOf(plugin, { input, onLog: ({ message }) => logs.get(input)?.push(message) }));
      }),
    );
    expect(outputs).toEqual([4, 4, 4, 4]);
    expect([...logs.values()]).toEqual([['I am 1'], ['I am 2'], ['I am 3'], ['I am 4']]);
  });

  it('that one of its calls gets killed fails that one for it, and the others so that they may be tried again', async () => {
    const plugin = await pluginOf({
      run: `ctx.logger.info('on'); if (input === 'good') return new Promise(() => setInterval(() => {}, 1000));
        Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ type: 'pull', id: input, requestId: 99 }) + '\\n')); return new Promise(() => {});`,
      manifest: { concurrency: 2 },
    });
    const pool = await poolOf({ maxProcesses: 1 });
    const started = Promise.withResolvers<void>();
    const good = pool.call(callOf(plugin, { input: 'good', onLog: () => started.resolve() }));
    await started.promise;
    const outcomes = await Promise.allSettled([good, pool.call(callOf(plugin, { input: 2 }))]);
    expect(outcomes).toMatchObject([
      { reason: { code: 'IA_PLUGIN_CRASHED', disposition: 'retry', details: { because: 'IA_PLUGIN_PROTOCOL' } } },
      { reason: { code: 'IA_PLUGIN_PROTOCOL', details: { violation: 11 } } },
    ]);
  });

  it('ends when nobody needed it for a while', async () => {
    const plugin = await pluginOf({ run: 'globalThis.n = (globalThis.n ?? 0) + 1; return globalThis.n;' });
    const pool = await poolOf({ idleMs: 20 });
    const calls = await Promise.all([pool.call(callOf(plugin)), pool.call(callOf(plugin, { tenantId: 'b' }))]);
    expect(calls).toEqual([1, 1]);
    await vi.waitUntil(async () => (await pool.call(callOf(plugin))) === 1);
  });

  it('is refused what the whole pool may not use', async () => {
    const plugin = await pluginOf({ permissions: { memoryMb: 512 } });
    const pool = await poolOf({ maxMemoryMb: 512 });
    await expect(pool.call(callOf(plugin))).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT', fault: 'infra' });
  });
});
