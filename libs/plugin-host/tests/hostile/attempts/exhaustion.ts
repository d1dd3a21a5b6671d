import { PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { type Attempt, ended } from '../attempt.ts';

const LIMIT = { canary: 'limit', proof: 'limit' } as const;
const CPU = { ...LIMIT, permissions: { cpuMs: 300, timeoutMs: 10_000 }, ends: ended.byTime } as const;
const TIME = { ...LIMIT, permissions: { timeoutMs: 500 }, ends: ended.byTime } as const;
const MEMORY = { ...LIMIT, permissions: { timeoutMs: 20_000, cpuMs: 20_000, memoryMb: 64 } } as const;
const UNTIL = 'const end = performance.now() + input.bound.ms;';
const MEBIBYTES = 'for (let used = 0; used < input.bound.megabytes;';

/** Keeps memory a piece at a time; `piece` is an expression of about 4 MiB. */
const keeping = (piece: string): string =>
  `const kept = []; ${MEBIBYTES} used += 4) { kept.push(${piece}); await null; } return input.exceeded + kept.length;`;

export const EXHAUSTION: readonly Attempt[] = [
  {
    ...CPU,
    id: 'spin',
    tries: 'spins without a pause',
    run: `${UNTIL} while (performance.now() < end); return input.exceeded;`,
  },
  {
    ...CPU,
    id: 'spin-microtasks',
    tries: 'spins in microtasks, so that no timer comes',
    run: `${UNTIL} while (performance.now() < end) await null; return input.exceeded;`,
  },
  {
    ...CPU,
    id: 'spin-timers',
    tries: 'spins in timers and messages, a little at a time',
    run: `${UNTIL} while (performance.now() < end) { await new Promise((resolve) => setTimeout(resolve, 0)); const until = performance.now() + 40; while (performance.now() < until); } return input.exceeded;`,
  },
  {
    ...CPU,
    id: 'regex-backtracking',
    tries: 'matches a regular expression that takes exponential time',
    run: `for (const length of input.isAmbient ? [22, 23, 24, 25, 26, 27] : [60]) { const started = performance.now(); /^(a+)+$/.test('a'.repeat(length) + 'b'); if (performance.now() - started > 300) return input.exceeded; } return null;`,
  },
  {
    ...CPU,
    id: 'native-spin',
    tries: 'spins inside of sorting, joining and parsing, where nothing interrupts it',
    run: `${UNTIL} const list = Array.from({ length: 200_000 }, (_, i) => String(i)); while (performance.now() < end) { list.toSorted().join(); JSON.parse(JSON.stringify(list)); } return input.exceeded;`,
  },
  {
    ...CPU,
    id: 'big-numbers',
    tries: 'spins in arithmetic of big integers',
    run: `${UNTIL} let n = 3n; while (performance.now() < end) { n = n * n; if (n > 2n ** 500_000n) n = 3n; } return input.exceeded;`,
  },
  {
    ...CPU,
    id: 'wasm-spin',
    tries: 'spins in WebAssembly',
    run: `const loop = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 1, 127, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 112, 105, 110, 0, 0, 10, 16, 1, 14, 0, 3, 64, 32, 0, 65, 1, 107, 34, 0, 13, 0, 11, 11]);
      const { instance } = await WebAssembly.instantiate(loop); const started = performance.now(); do { instance.exports.spin(input.isAmbient ? 100_000_000 : 0); } while (performance.now() - started < input.bound.ms); return input.exceeded;`,
  },
  {
    ...CPU,
    id: 'spin-on-end',
    tries: 'spins after its call was canceled and over',
    permissions: { timeoutMs: 500, cpuMs: 10_000 },
    run: `${UNTIL} ctx.signal.addEventListener('abort', () => { for (;;); }); while (performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10)); return input.exceeded;`,
  },
  {
    ...TIME,
    id: 'sleep',
    tries: 'sleeps on',
    run: `await new Promise((resolve) => setTimeout(resolve, input.bound.ms)); return input.exceeded;`,
  },
  {
    ...TIME,
    id: 'wait-atomics',
    tries: 'blocks its thread in Atomics.wait',
    run: `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, input.bound.ms); return input.exceeded;`,
  },
  {
    ...TIME,
    id: 'many-timers',
    tries: 'sets timers without an end',
    run: `for (let i = 0; i < Math.min(input.bound.count, 200_000); i++) setInterval(() => {}, 1); await new Promise((resolve) => setTimeout(resolve, input.bound.ms)); return input.exceeded;`,
  },
  {
    ...TIME,
    id: 'top-level-spin',
    proof: 'none',
    tries: 'waits while its module loads, before it is ready',
    top: `const loaded = performance.now();`,
    run: `return forever();`,
  },
  {
    ...TIME,
    id: 'deaf',
    tries: 'does not read what the host sends',
    proof: 'none',
    run: `for (let i = 0; i < 200; i++) void ctx.fetch('http://localhost:' + input.grantedPort).catch(() => {}); await new Promise((resolve) => setTimeout(resolve, 30)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, input.bound.ms); return input.exceeded;`,
  },
  {
    ...TIME,
    id: 'silent-answer',
    tries: 'waits for an answer that never ends, many times over',
    proof: 'none',
    run: `await Promise.all(Array.from({ length: 100 }, async () => (await ctx.fetch('http://localhost:' + input.grantedPort + '/silent')).text())); return input.exceeded;`,
  },
  {
    ...MEMORY,
    id: 'heap-objects',
    tries: 'keeps objects',
    ends: ended.byLimit,
    run: keeping(`Array.from({ length: 40_000 }, (_, i) => ({ i, text: 'x' + i }))`),
  },
  {
    ...MEMORY,
    id: 'heap-strings',
    tries: 'keeps long texts',
    ends: ended.byLimit,
    run: keeping(`Array.from({ length: 64 }, (_, i) => (String(i) + '-'.repeat(65_500)).split('').reverse().join(''))`),
  },
  {
    ...MEMORY,
    id: 'array-buffers',
    tries: 'keeps array buffers, which the heap’s limit does not count',
    ends: ended.byLimit,
    run: keeping('new Uint8Array(4 << 20).fill(1)'),
  },
  {
    ...MEMORY,
    id: 'shared-buffers',
    tries: 'keeps shared array buffers',
    ends: ended.byLimit,
    run: keeping('new Uint8Array(new SharedArrayBuffer(4 << 20)).fill(1)'),
  },
  {
    ...MEMORY,
    id: 'wasm-memory',
    tries: 'grows the memory of WebAssembly',
    ends: ended.byLimit,
    run: keeping(
      '(() => { const memory = new WebAssembly.Memory({ initial: 64 }); new Uint8Array(memory.buffer).fill(1); return memory; })()',
    ),
  },
  {
    ...MEMORY,
    id: 'resized-buffer',
    tries: 'grows one buffer in place',
    run: `const buffer = new ArrayBuffer(0, { maxByteLength: 512 << 20 }); ${MEBIBYTES} used += 4) { if (used >= 500) break; buffer.resize((used + 4) << 20); new Uint8Array(buffer).fill(1); await null; } return input.exceeded;`,
  },
  {
    ...MEMORY,
    id: 'node-buffers',
    tries: 'keeps buffers of node:buffer and external texts',
    ends: ended.byLimit,
    run: `const { Buffer } = await import('node:buffer'); ${keeping('Buffer.alloc(4 << 20, 1).toString("latin1")')}`,
  },
  {
    ...MEMORY,
    id: 'blobs',
    tries: 'keeps blobs, streams and cloned values',
    run: keeping('new Blob([new Uint8Array(4 << 20).fill(1)])'),
  },
  {
    ...MEMORY,
    id: 'compression-bomb',
    tries: 'unpacks a compressed bomb in its own memory',
    ends: ended.byLimit,
    run: `const { gzipSync, gunzipSync } = await import('node:zlib'); const bomb = gzipSync(new Uint8Array(4 << 20)); ${keeping('gunzipSync(bomb).fill(1)')}`,
  },
  {
    ...MEMORY,
    id: 'deep-recursion',
    proof: 'none',
    tries: 'recurses, parses and clones as deep as it can',
    run: `const dive = (n) => { try { return dive(n + 1); } catch { return n; } };
      return all(() => dive(0) > 100, () => { let deep = []; for (let i = 0; i < 1e6; i++) deep = [deep]; return JSON.stringify(deep).length; }, () => { let deep = []; for (let i = 0; i < 1e6; i++) deep = [deep]; return structuredClone(deep).length; });`,
  },
  {
    ...LIMIT,
    id: 'deep-output',
    tries: 'returns an output that is nested without an end',
    proof: 'none',
    run: `let deep = []; for (let i = 0; i < 5_000; i++) deep = [deep]; return deep;`,
    ends: [...ended.byProtocol, 'IA_PLUGIN_FAILED'],
  },
  {
    ...LIMIT,
    id: 'huge-output',
    tries: 'returns more than a result may hold',
    run: `return 'x'.repeat(${PROTOCOL_LIMITS.frameBytes + 6_000_000});`,
    ends: [...ended.byProtocol, ...ended.byLimit],
  },
  {
    ...LIMIT,
    id: 'log-flood',
    tries: 'logs more lines than a call may',
    run: `for (let i = 0; i < 5_000; i++) console.log(i); return null;`,
  },
  {
    ...LIMIT,
    id: 'long-log',
    tries: 'logs a line of megabytes',
    run: `ctx.logger.info('x'.repeat(5_000_000)); console.log({ text: 'x'.repeat(1_000_000) }); return null;`,
  },
  {
    ...LIMIT,
    id: 'progress-flood',
    tries: 'reports progress without an end',
    run: `for (let i = 0; i < (input.isAmbient ? 25_000 : 1e9); i++) ctx.progress(0.5); return null;`,
    permissions: { cpuMs: 20_000, timeoutMs: 3_000 },
  },
  {
    ...LIMIT,
    id: 'cost-flood',
    tries: 'reports costs without an end',
    run: `for (let i = 0; i < (input.isAmbient ? 25_000 : 1e9); i++) ctx.cost(0.001); return null;`,
    permissions: { cpuMs: 20_000, timeoutMs: 10_000 },
  },
  {
    ...LIMIT,
    id: 'metric-flood',
    tries: 'records metrics and spans without an end, each with a name of its own',
    run: `for (let i = 0; i < (input.isAmbient ? 25_000 : 60_000); i++) ctx.metrics.count('m' + i, 1, { label: 'x' + i }); return null;`,
    permissions: { cpuMs: 20_000, timeoutMs: 10_000 },
  },
  {
    ...LIMIT,
    id: 'frame-flood',
    proof: 'none',
    tries: 'writes small frames as fast as the pipe takes them',
    run: `const bytes = bytesOf('{}\\n'.repeat(1000)); for (;;) Deno.stdout.writeSync(bytes);`,
    ends: ended.byProtocol,
  },
  {
    ...LIMIT,
    id: 'stderr-flood',
    tries: 'floods its error output',
    run: `const bytes = bytesOf('x'.repeat(1 << 20)); for (let i = 0; i < (input.isAmbient ? 20 : 1e9); i++) Deno.stderr.writeSync(bytes); return input.exceeded;`,
    ends: ended.byLimit,
  },
  {
    ...LIMIT,
    id: 'fetch-flood',
    tries: 'asks more often than a call may',
    run: `await Promise.all(Array.from({ length: ${PROTOCOL_LIMITS.requestsPerCall + 100} }, () => ctx.fetch('http://localhost:' + input.grantedPort + '/').then((response) => response.text()))); return input.exceeded;`,
    ends: [...ended.byProtocol, ...ended.byLimit],
    permissions: { cpuMs: 20_000, timeoutMs: 10_000 },
  },
  {
    ...LIMIT,
    id: 'huge-request',
    tries: 'sends a request body that is larger than allowed',
    run: `const response = await ctx.fetch('http://localhost:' + input.grantedPort + '/', { method: 'POST', body: new Uint8Array(80 << 20) }); return response.status === 200 ? input.exceeded : null;`,
  },
  {
    ...LIMIT,
    id: 'response-bomb',
    tries: 'asks for an answer that unpacks to more than allowed',
    run: `const bytes = await (await ctx.fetch('http://localhost:' + input.grantedPort + '/bomb')).arrayBuffer(); return bytes.byteLength > (60 << 20) ? input.exceeded : null;`,
  },
  {
    ...LIMIT,
    id: 'endless-response',
    tries: 'reads an answer that does not end',
    run: `const reader = (await ctx.fetch('http://localhost:' + input.grantedPort + '/endless')).body.getReader(); let size = 0; while (size < (80 << 20)) size += (await reader.read()).value.length; return input.exceeded;`,
    permissions: { cpuMs: 20_000, timeoutMs: 10_000 },
  },
  {
    ...LIMIT,
    id: 'open-files',
    tries: 'opens files without an end',
    run: `const files = []; const own = new URL(import.meta.url); for (let i = 0; i < 600; i++) files.push(Deno.openSync(own)); return input.exceeded;`,
  },
  {
    ...LIMIT,
    id: 'large-files',
    tries: 'fills the disk in each folder that it may see',
    run: `const bytes = new Uint8Array(1 << 20); let written = 0;
      for (const folder of input.isAmbient ? [input.folder] : ['/cache', '/tmp', '/plugin', '/dev/shm', '/', input.folder]) await all(() => { const file = Deno.openSync(folder + '/' + input.mark, { write: true, create: true }); for (let i = 0; i < 40; i++) written += file.writeSync(bytes); });
      return written >= (20 << 20) ? input.exceeded : written;`,
  },
  {
    ...LIMIT,
    id: 'many-sockets',
    proof: 'none',
    tries: 'makes message channels, event listeners and streams without an end',
    run: `const kept = []; for (let i = 0; i < 4_000; i++) { kept.push(new TransformStream(), new EventTarget()); ctx.signal.addEventListener('abort', () => kept); } return kept.length;`,
    permissions: { timeoutMs: 5_000 },
  },
  {
    ...LIMIT,
    id: 'slow-schema',
    proof: 'none',
    tries: 'brings a schema that takes the host long to check, with an output that fits it',
    output: { type: 'array', items: { allOf: Array.from({ length: 1_500 }, (_, i) => ({ not: { const: i + 1 } })) } },
    run: `return [...Array.from({ length: 4_000 }, () => 0), input.exceeded];`,
    ends: ['IA_PLUGIN_LIMIT', 'IA_PLUGIN_OUTPUT', 'IA_PLUGIN_MANIFEST', 'IA_PLUGIN_SCHEMA'],
  },
];
