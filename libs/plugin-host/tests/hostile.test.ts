import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, PlatformError } from '@ia-modules/plugin-sdk';
import type { LogLine } from '@ia-modules/plugin-sdk/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandboxPool, type SandboxPool } from '../src/index.ts';
import { callOf, createPluginFixture, type Fixture, type FixtureInit } from './plugin-fixture.ts';

const CANARY = 'canary-9f2c71d0';
const state = { hits: 0, folder: '', port: 0 };
let server: Server;
let pool: SandboxPool;
let honest: Fixture;

beforeAll(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'ia-canary-'));
  await writeFile(join(state.folder, 'secret.txt'), CANARY);
  process.env['IA_CANARY'] = CANARY;
  server = createServer((_request, response) => {
    state.hits++;
    response.end(CANARY);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.port = (server.address() as AddressInfo).port;
  pool = await createSandboxPool({ level: 'caged', maxProcesses: 3 });
  honest = await createPluginFixture({});
});

afterAll(async () => {
  await pool.close();
  await honest.remove();
  server.close();
  delete process.env['IA_CANARY'];
  await rm(state.folder, { recursive: true });
});

type Outcome = { readonly output?: Json; readonly error?: PlatformError; readonly logs: readonly LogLine[] };

const attack = async (init: FixtureInit): Promise<Outcome> => {
  const fixture = await createPluginFixture(init);
  const logs: LogLine[] = [];
  const { folder, port } = state;
  try {
    const call = callOf(fixture.plugin, {
      input: { folder, port, hostPid: process.pid },
      onLog: (line) => logs.push(line),
    });
    return { output: await pool.call(call), logs };
  } catch (error) {
    return { error: error as PlatformError, logs };
  } finally {
    await fixture.remove();
  }
};

const expectUntouched = async (outcome: Outcome): Promise<void> => {
  const { error } = outcome;
  const seen = JSON.stringify([outcome.output, error?.message, error?.details, outcome.logs]);
  expect(seen).not.toContain(CANARY);
  expect(state.hits).toBe(0);
  expect(await readdir(state.folder)).toEqual(['secret.txt']);
  expect(await pool.call(callOf(honest.plugin, { input: 'still here' }))).toBe('still here');
};

/** Runs every expression, and returns what each gave or why it threw. */
const all = (...expressions: readonly string[]): string =>
  `const tries = [${expressions.map((text) => `async () => (${text})`).join(',\n')}];
   const seen = [];
   for (const attempt of tries) { try { seen.push(String(await attempt())); } catch (error) { seen.push('refused: ' + error); } }
   return seen;`;

describe('what a plugin can reach', () => {
  it.each<[string, string]>([
    [
      'reads files outside',
      all('Deno.readTextFileSync(input.folder + "/secret.txt")', 'Deno.readTextFileSync("/etc/passwd")'),
    ],
    ['climbs out of its folder', all('Deno.readTextFileSync("/plugin/../../.." + input.folder + "/secret.txt")')],
    [
      'reads the system through /proc',
      all(
        'Deno.readTextFileSync("/proc/1/environ")',
        'Deno.readTextFileSync("/proc/self/root" + input.folder + "/secret.txt")',
      ),
    ],
    ['lists the root', all('[...Deno.readDirSync("/")].length', '[...Deno.readDirSync("/..")].length')],
    [
      'writes files',
      all(
        'Deno.writeTextFileSync(input.folder + "/owned", "x")',
        'Deno.writeTextFileSync("/plugin/owned", "x")',
        'Deno.writeTextFileSync("/cache/owned", "x")',
      ),
    ],
    [
      'makes a symbolic link and follows it',
      all('Deno.symlinkSync(input.folder, "/cache/link")', 'Deno.linkSync("/plugin/dist/plugin.js", "/cache/hard")'),
    ],
    [
      'reads the environment',
      all(
        'Deno.env.get("IA_CANARY")',
        'JSON.stringify(Deno.env.toObject())',
        '(await import("node:process")).env.IA_CANARY',
      ),
    ],
    [
      'opens sockets',
      all(
        'await Deno.connect({ hostname: "127.0.0.1", port: input.port })',
        'await Deno.connect({ hostname: "::ffff:127.0.0.1", port: input.port })',
        'Deno.listen({ port: 0 })',
      ),
    ],
    [
      'opens sockets through node:net',
      all(
        'await new Promise(async (ok, no) => (await import("node:net")).connect(input.port, "127.0.0.1").on("connect", ok).on("error", no))',
      ),
    ],
    [
      'asks hosts that it was not granted',
      all(
        'await (await fetch("http://127.0.0.1:" + input.port)).text()',
        'await (await ctx.fetch("http://localhost:" + input.port)).text()',
        'await (await fetch("http://[::ffff:127.0.0.1]:" + input.port)).text()',
      ),
    ],
    [
      'fetches files',
      all(
        'await (await fetch("file:///etc/passwd")).text()',
        'await (await fetch("file://" + input.folder + "/secret.txt")).text()',
      ),
    ],
    [
      'resolves names',
      all('await Deno.resolveDns("example.com", "A")', 'await (await import("node:dns/promises")).lookup("localhost")'),
    ],
    [
      'starts processes',
      all(
        'new Deno.Command("/deno", { args: ["eval", "1"] }).outputSync().code',
        '(await import("node:child_process")).execSync("id")',
        '(await import("node:child_process")).spawnSync("/deno").status',
      ),
    ],
    [
      'loads native code',
      all(
        'Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {})',
        'process.dlopen({ exports: {} }, "/lib/x86_64-linux-gnu/libc.so.6")',
      ),
    ],
    [
      'imports code from elsewhere',
      all(
        'await import("file://" + input.folder + "/secret.txt")',
        'await import("http://127.0.0.1:" + input.port + "/x.js")',
        'await import("npm:left-pad")',
        'await import("jsr:@std/path")',
      ),
    ],
    [
      'signals its parent',
      all('Deno.kill(input.hostPid, "SIGKILL")', 'process.kill(input.hostPid, 9)', 'process.kill(process.ppid, 9)'),
    ],
    [
      'asks for more permissions',
      all(
        '(await Deno.permissions.request({ name: "net" })).state',
        '(await Deno.permissions.request({ name: "read", path: "/" })).state',
      ),
    ],
    [
      'asks about the machine',
      all('Deno.hostname()', 'Deno.systemMemoryInfo().total', 'Deno.uid()', 'JSON.stringify(Deno.networkInterfaces())'),
    ],
    [
      'opens databases',
      all('new (await import("node:sqlite")).DatabaseSync(input.folder + "/owned.db")', 'await Deno.openKv()'),
    ],
  ])('nothing when it %s', async (_name, run) => {
    const outcome = await attack({ run });
    await expectUntouched(outcome);
    const seen = (outcome.output ?? []) as readonly string[];
    expect(outcome.error ?? seen.filter((text) => !/^refused|^undefined$|^denied$|^prompt$/.test(text))).toEqual([]);
  });

  it('nothing through a literal import of a TypeScript file', async () => {
    const outcome = await attack({
      module: `export const plugin = { contributions: [{ kind: 'step', name: 'go', run: async (input) => {
        try { await import('./more.ts'); } catch { /* the next line is the attack */ }
        return Deno.readTextFileSync(input.folder + '/secret.txt'); } }] };`,
      files: { 'dist/more.ts': 'export const more: number = 1;' },
    });
    expect(outcome.error?.code).toBe('IA_PLUGIN_FAILED');
    await expectUntouched(outcome);
  });

  it('no workers: they are switched off, or end the process', async () => {
    expect((await attack({ run: 'return typeof Worker;' })).output).toBe('undefined');
    const outcome = await attack({
      run: 'const { Worker } = await import("node:worker_threads"); new Worker("for (;;) ;", { eval: true }); return new Promise(() => {});',
      permissions: { timeoutMs: 3_000, cpuMs: 1_000 },
    });
    expect(outcome.error?.code).toMatch(/^IA_PLUGIN_(LIMIT|CRASHED)$|^IA_TASK_TIMEOUT$/);
    await expectUntouched(outcome);
  });

  it('nothing through a link in its folder, which is refused', async () => {
    const fixture = await createPluginFixture({ run: 'return Deno.readTextFileSync("/plugin/link/secret.txt");' });
    const { symlink } = await import('node:fs/promises');
    await symlink(state.folder, join(fixture.plugin.directory, 'link'));
    await expect(pool.call(callOf(fixture.plugin))).rejects.toMatchObject({ code: 'IA_PLUGIN_SANDBOX' });
    await fixture.remove();
  });

  it('no storage that another plugin, tenant or process sees', async () => {
    const run = all(
      'typeof localStorage',
      'typeof caches',
      'Object.keys(globalThis).filter((key) => key.includes("torage")).join()',
    );
    expect((await attack({ run })).output).toEqual(['undefined', 'undefined', '']);
  });

  it('nothing that another tenant left in memory', async () => {
    const fixture = await createPluginFixture({ run: 'return globalThis.left ??= ctx.idempotencyKey;' });
    const callAs = (tenantId: string) => pool.call(callOf(fixture.plugin, { tenantId, idempotencyKey: tenantId }));
    expect([await callAs('tenant-a'), await callAs('tenant-b'), await callAs('tenant-a')]).toEqual([
      'tenant-a',
      'tenant-b',
      'tenant-a',
    ]);
    await fixture.remove();
  });

  it('no secret that it was not granted, and none in its own errors and logs', async () => {
    const fixture = await createPluginFixture({
      run: 'console.log("key " + ctx.secrets.MINE); if (input) return Object.keys(ctx.secrets); throw new Error("bad " + ctx.secrets.MINE);',
      permissions: { secrets: ['MINE', 'UNGRANTED'] },
    });
    const logs: LogLine[] = [];
    const call = callOf(fixture.plugin, {
      grant: { net: [], secrets: ['MINE', 'UNDECLARED'], blobs: false },
      secrets: { MINE: CANARY, UNGRANTED: 'u', UNDECLARED: 'v' },
      onLog: (line) => logs.push(line),
    });
    expect(await pool.call({ ...call, input: true })).toEqual(['MINE']);
    await expect(pool.call(call)).rejects.toMatchObject({ message: 'bad ***' });
    expect(logs).toEqual([
      { level: 'info', message: 'key ***' },
      { level: 'info', message: 'key ***' },
    ]);
    await fixture.remove();
  });
});

describe('what a plugin can use up', () => {
  it.each<[string, FixtureInit, string | readonly string[]]>([
    [
      'time, asleep',
      { run: 'await new Promise(() => setInterval(() => {}, 1000));', permissions: { timeoutMs: 600 } },
      'IA_TASK_TIMEOUT',
    ],
    ['time, in a loop', { run: 'for (;;) ;', permissions: { timeoutMs: 600 } }, 'IA_TASK_TIMEOUT'],
    ['CPU', { run: 'for (;;) ;', permissions: { cpuMs: 300 } }, 'IA_PLUGIN_LIMIT'],
    [
      'CPU in a regular expression',
      { run: 'return /^(a+)+$/.test("a".repeat(60) + "b");', permissions: { cpuMs: 300 } },
      'IA_PLUGIN_LIMIT',
    ],
    [
      'heap',
      { run: 'const kept = []; for (;;) kept.push({ text: "x".repeat(100) + kept.length });' },
      'IA_PLUGIN_LIMIT',
    ],
    [
      'array buffers',
      { run: 'const kept = []; for (;;) kept.push(new Uint8Array(16 << 20).fill(1));' },
      ['IA_PLUGIN_LIMIT', 'IA_PLUGIN_FAILED'],
    ],
    [
      'output without an end',
      { run: 'const bytes = new Uint8Array(1 << 20).fill(120); for (;;) Deno.stdout.writeSync(bytes);' },
      'IA_PLUGIN_PROTOCOL',
    ],
    [
      'frames',
      { run: 'const bytes = new TextEncoder().encode("{}\\n".repeat(1000)); for (;;) Deno.stdout.writeSync(bytes);' },
      'IA_PLUGIN_PROTOCOL',
    ],
    ['progress reports', { run: 'for (;;) ctx.progress(0.5);' }, 'IA_PLUGIN_PROTOCOL'],
    [
      'error output',
      { run: 'const bytes = new Uint8Array(1 << 20).fill(120); for (;;) Deno.stderr.writeSync(bytes);' },
      'IA_PLUGIN_LIMIT',
    ],
    ['a huge result', { run: 'return "x".repeat(9_000_000);' }, 'IA_PLUGIN_PROTOCOL'],
    [
      'requests',
      { run: 'await Promise.all(Array.from({ length: 1100 }, () => fetch("https://example.com").catch(() => 0)));' },
      'IA_PLUGIN_PROTOCOL',
    ],
    ['the process', { run: 'Deno.exit(0);' }, 'IA_PLUGIN_CRASHED'],
  ])('no more %s than it may', async (_name, init, codes) => {
    const outcome = await attack(init);
    expect([codes].flat()).toContain(outcome.error?.code);
    await expectUntouched(outcome);
  });

  it('no more log lines than a call may have', async () => {
    const outcome = await attack({ run: 'for (let i = 0; i < 5000; i++) console.log(i); return "done";' });
    expect(outcome.output).toBe('done');
    expect(outcome.logs).toHaveLength(1001);
  });
});

const forged = (frame: string): string =>
  `Deno.stdout.writeSync(new TextEncoder().encode(${frame} + "\\n")); await new Promise(() => {});`;

describe('what a plugin can make the host believe', () => {
  it.each<[string, string, number]>([
    ['deep nesting', forged('"[".repeat(800_000)'), 2],
    ['millions of elements', forged('"[" + "0,".repeat(3_000_000) + "0]"'), 3],
    ['text that is no JSON', forged('"hello"'), 4],
    [
      'bytes that are no text',
      'Deno.stdout.writeSync(new Uint8Array([34, 255, 254, 34, 10])); await new Promise(() => {});',
      4,
    ],
    ['an unknown frame', forged('JSON.stringify({ type: "exec", id: 1 })'), 5],
    [
      'a frame with extra keys',
      forged('JSON.stringify({ type: "result", id: 1, output: 1, tenantId: "tenant-b" })'),
      5,
    ],
    ['a second ready', forged('JSON.stringify({ type: "ready", protocol: 2, contributions: [] })'), 6],
    ['the result of another call', forged('JSON.stringify({ type: "result", id: 999999, output: "forged" })'), 7],
    [
      'the log of another call',
      forged('JSON.stringify({ type: "log", id: 999999, level: "info", message: "forged" })'),
      7,
    ],
    ['a reserved key', 'return JSON.parse(\'{"a":[{"__proto__":{"isAdmin":true}}]}\');', 10],
  ])('not %s', async (_name, run, number) => {
    const outcome = await attack({ run });
    expect(outcome.error).toMatchObject({ code: 'IA_PLUGIN_PROTOCOL', details: { violation: number } });
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
    await expectUntouched(outcome);
  });

  it('not a result that comes after the call', async () => {
    const fixture = await createPluginFixture({
      run: `if (input === 'second') return new Promise(() => {});
        setTimeout(() => Deno.stdout.writeSync(new TextEncoder().encode('{"type":"log","id":1,"level":"info","message":"x"}\\n')), 0);
        return 'first';`,
    });
    expect(await pool.call(callOf(fixture.plugin))).toBe('first');
    await expect(pool.call(callOf(fixture.plugin, { input: 'second', timeoutMs: 5_000 }))).rejects.toMatchObject({
      code: expect.stringMatching(/^IA_(PLUGIN_PROTOCOL|TASK_TIMEOUT)$/),
    });
    await fixture.remove();
  });

  it('not an error of the platform', async () => {
    const outcome = await attack({
      run: 'throw Object.assign(new Error("x"), { code: "IA_INTERNAL", name: "<b>\\n", retryable: false });',
    });
    expect(outcome.error).toMatchObject({ code: 'IA_PLUGIN_FAILED', name: 'PluginError', fault: 'plugin' });
  });

  it('nothing with patched globals: only its own call breaks', async () => {
    const outcome = await attack({
      run: `JSON.stringify = () => '{"type":"result","id":1,"output":"forged"}'; JSON.parse = () => { throw 1; };
        Object.prototype.type = 'ready'; Promise.prototype.then = null; globalThis.TextEncoder = null; return 'survived';`,
      permissions: { timeoutMs: 1_000 },
    });
    expect(outcome.output ?? outcome.error).not.toBe('forged');
    await expectUntouched(outcome);
  });
});
