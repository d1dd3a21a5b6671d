import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSandboxPool, type SandboxPool, type SandboxPoolOptions } from '../src/index.ts';
import { callOf, createPluginFixture, type Fixture, type FixtureInit } from './plugin-fixture.ts';

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const poolOf = async (options: SandboxPoolOptions = {}): Promise<SandboxPool> => {
  const pool = await createSandboxPool(options);
  cleanups.push(() => pool.close());
  return pool;
};

const fixtureOf = async (init: FixtureInit): Promise<Fixture> => {
  const fixture = await createPluginFixture(init);
  cleanups.push(() => fixture.remove());
  return fixture;
};

/** Tells how often its module was loaded, by what a fresh module starts with. */
const COUNTER = {
  module: `let calls = 0; export const plugin = { contributions: [{ kind: 'step', name: 'go', run: async (input) => { if (input === 'die') Deno.exit(1); return ++calls; } }] };`,
};

describe.each(['caged', 'process'] as const)('a pool of level %s', (level) => {
  it('runs a step with input, secrets, key, logs, progress and costs', async () => {
    const { plugin } = await fixtureOf({
      run: `ctx.logger.info('at work'); ctx.progress(0.5, 'half'); ctx.cost(0.25); return { ...input, key: ctx.idempotencyKey, secret: ctx.secrets.TOKEN };`,
      permissions: { secrets: ['TOKEN'] },
    });
    const pool = await poolOf({ level });
    const seen: unknown[] = [];
    const output = await pool.call(
      callOf(plugin, {
        input: { text: 'Grüße 👋\u2028' },
        secrets: { TOKEN: 'abcd-1234' },
        onLog: (line) => seen.push(line),
        onProgress: (fraction, message) => seen.push([fraction, message]),
        onCost: (usd) => seen.push({ usd }),
      }),
    );
    expect(output).toEqual({ text: 'Grüße 👋\u2028', key: 'run-1/go', secret: 'abcd-1234' });
    expect(seen).toEqual([{ level: 'info', message: 'at work' }, [0.5, 'half'], { usd: 0.25 }]);
  });

  it('tells at the end of a process of promises that failed after their call', async () => {
    const { plugin } = await fixtureOf({ run: `void ctx.clock.sleep(60_000); return 1;` });
    const heard: string[] = [];
    const pool = await poolOf({ level, onErrorOutput: (text) => heard.push(text) });
    expect(await pool.call(callOf(plugin))).toBe(1);
    await pool.close();
    expect(heard).toEqual(['after a call: unhandled rejection: TypeError: The call is over.']);
  });

  it('tells of timers that throw after their call', async () => {
    const { plugin } = await fixtureOf({ run: `setTimeout(() => { throw new Error('too late'); }, 1); return 1;` });
    const heard = Promise.withResolvers<string>();
    const pool = await poolOf({ level, onErrorOutput: heard.resolve });
    expect(await pool.call(callOf(plugin))).toBe(1);
    expect(await heard.promise).toContain('too late');
  });

  it('tells a call the time that a test sets, which passes only as the plugin sleeps', async () => {
    const { plugin } = await fixtureOf({
      run: `const times = [];
        const note = async (ms) => { await ctx.clock.sleep(ms); times.push(ctx.clock.now()); };
        await Promise.all([note(60_000), note(5_000), note(0)]);
        const late = ctx.clock.sleep(1_000).then(() => 'late');
        const answer = ctx.fetch('https://api.example.com/slow', { method: 'POST', body: 'when?' }).then(({ status }) => status);
        return { times, first: await Promise.race([late, answer]) };`,
      permissions: { net: ['api.example.com'] },
    });
    const pool = await poolOf({ level });
    const request = { method: 'POST', url: 'https://api.example.com/slow' };
    const net = { replay: [{ request, response: { status: 204, headers: {} } }] };
    const first = await pool.call(callOf(plugin, { clock: { nowMs: 1_000_000 }, net }));
    expect(first).toEqual({ times: [1_000_000, 1_005_000, 1_060_000], first: 204 });
    expect(await pool.call(callOf(plugin, { clock: { nowMs: 0 }, net }))).toMatchObject({ times: [0, 5_000, 60_000] });
  });

  it('fails a call that reports a cost which is none', async () => {
    const { plugin } = await fixtureOf({ run: `ctx.cost(-1);` });
    const pool = await poolOf({ level });
    await expect(pool.call(callOf(plugin))).rejects.toMatchObject({ name: 'RangeError', code: 'IA_PLUGIN_FAILED' });
  });

  it('passes on what a plugin throws', async () => {
    const { plugin } = await fixtureOf({
      run: `throw Object.assign(new Error('no such city'), { name: 'CityError', retryable: input.retryable, hint: 'Try Rome.' });`,
    });
    const pool = await poolOf({ level });
    for (const [retryable, disposition] of [
      [true, 'retry'],
      [false, 'terminal'],
    ] as const) {
      const error = {
        name: 'CityError',
        message: 'no such city',
        hint: 'Try Rome.',
        code: 'IA_PLUGIN_FAILED',
        disposition,
      };
      await expect(pool.call(callOf(plugin, { input: { retryable } }))).rejects.toMatchObject(error);
    }
  });

  it('reaches a granted host through the host alone', async () => {
    const server = createServer((request, response) => {
      request.pipe(response.writeHead(201, { 'x-method': request.method }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => void server.close());
    const host = `localhost:${(server.address() as AddressInfo).port}`;
    const { plugin } = await fixtureOf({
      run: `const response = await fetch('http://${host}/', { method: 'POST', body: input });
        return [response.status, response.headers.get('x-method'), await response.text(), response.url];`,
      permissions: { net: [host] },
    });
    const pool = await poolOf({ level, egressAllow: [host] });
    expect(await pool.call(callOf(plugin, { input: 'äöü' }))).toEqual([201, 'POST', 'äöü', `http://${host}/`]);
    await expect(
      pool.call(callOf(plugin, { input: 'x', grant: { net: [], secrets: [], blobs: false } })),
    ).rejects.toMatchObject({
      code: 'IA_PLUGIN_NET_DENIED',
    });
    const strict = await poolOf({ level });
    await expect(strict.call(callOf(plugin, { input: 'x' }))).rejects.toMatchObject({ code: 'IA_PLUGIN_NET_DENIED' });
  });

  it('cancels a call, lets the plugin know, and serves the next', async () => {
    const { plugin } = await fixtureOf({
      run: `if (input !== 'wait') return input; ctx.logger.info('waiting'); return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));`,
    });
    const pool = await poolOf({ level, maxProcesses: 1 });
    const controller = new AbortController();
    const call = callOf(plugin, { input: 'wait', signal: controller.signal, onLog: () => controller.abort() });
    await expect(pool.call(call)).rejects.toMatchObject({ code: 'IA_PLUGIN_CANCELED', disposition: 'canceled' });
    expect(await pool.call(callOf(plugin, { input: 'next' }))).toBe('next');
  });

  it('hides host paths', async () => {
    const { plugin } = await fixtureOf({ run: 'throw new Error("at " + import.meta.url);' });
    const pool = await poolOf({ level });
    await expect(pool.call(callOf(plugin))).rejects.toMatchObject({ message: 'at file:///plugin/dist/plugin.js' });
  });
});

describe('the processes of a pool', () => {
  it('stay warm for the next call, and are replaced when they die', async () => {
    const { plugin } = await fixtureOf(COUNTER);
    const pool = await poolOf();
    const go = (input: string) => pool.call(callOf(plugin, { input }));
    expect([await go(''), await go('')]).toEqual([1, 2]);
    await expect(go('die')).rejects.toMatchObject({ code: 'IA_PLUGIN_CRASHED', disposition: 'retry' });
    expect(await go('')).toBe(1);
  });

  it('are apart for another tenant, grant or tarball', async () => {
    const { plugin } = await fixtureOf({ ...COUNTER, permissions: { secrets: ['A'] } });
    const pool = await poolOf();
    expect(await pool.call(callOf(plugin))).toBe(1);
    expect(await pool.call(callOf(plugin, { tenantId: 'tenant-b' }))).toBe(1);
    expect(await pool.call(callOf(plugin, { grant: { net: [], secrets: [], blobs: false } }))).toBe(1);
    expect(await pool.call(callOf({ ...plugin, integrity: 'sha512-other' }))).toBe(1);
    expect(await pool.call(callOf(plugin))).toBe(2);
  });

  it('are bounded: the least recently used goes', async () => {
    const { plugin } = await fixtureOf(COUNTER);
    const pool = await poolOf({ maxProcesses: 2 });
    const callAs = (tenantId: string) => pool.call(callOf(plugin, { tenantId }));
    const counts = [];
    for (const tenant of ['a', 'b', 'a', 'c', 'a', 'b']) counts.push(await callAs(tenant));
    expect(counts).toEqual([1, 1, 2, 1, 3, 1]);
  });

  it('take one call at a time; the others wait their turn', async () => {
    const { plugin } = await fixtureOf({
      module: `let busy = 0; export const plugin = { contributions: [{ kind: 'step', name: 'go', run: async () => {
        const seen = ++busy; await new Promise((resolve) => setTimeout(resolve, 5)); busy--; return seen; } }] };`,
    });
    const pool = await poolOf({ maxProcesses: 2 });
    const outputs = await Promise.all(Array.from({ length: 12 }, () => pool.call(callOf(plugin))));
    expect(outputs).toEqual(Array.from({ length: 12 }, () => 1));
  });

  it('end with the pool, and running calls with them', async () => {
    const { plugin } = await fixtureOf({
      run: 'ctx.logger.info("on"); return new Promise(() => setInterval(() => {}, 1000));',
    });
    const pool = await createSandboxPool();
    const started = Promise.withResolvers<void>();
    const running = pool.call(callOf(plugin, { onLog: () => started.resolve() }));
    await started.promise;
    const [outcome] = await Promise.allSettled([running, pool.close()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'The sandbox pool is closed.' } });
    await expect(pool.call(callOf(plugin))).rejects.toThrow('The sandbox pool is closed.');
  });

  it('are not waited for by a call that is canceled', async () => {
    const { plugin } = await fixtureOf({ run: 'ctx.logger.info("on"); return new Promise(() => {});' });
    const pool = await poolOf({ maxProcesses: 1 });
    const canceled = { code: 'IA_PLUGIN_CANCELED', disposition: 'canceled' };
    await expect(pool.call(callOf(plugin, { signal: AbortSignal.abort() }))).rejects.toMatchObject(canceled);
    const first = new AbortController();
    const second = new AbortController();
    const calls = [
      pool.call(callOf(plugin, { signal: first.signal, onLog: () => second.abort() })),
      pool.call(callOf(plugin, { signal: second.signal, tenantId: 'tenant-b' })),
    ];
    await expect(calls[1]).rejects.toMatchObject(canceled);
    first.abort();
    await expect(calls[0]).rejects.toMatchObject(canceled);
  });

  it('survive work that a step left behind', async () => {
    const { plugin } = await fixtureOf({
      run: `globalThis.calls = (globalThis.calls ?? 0) + 1;
        for (const delay of [0, 1, 5]) setTimeout(() => { console.log('late'); ctx.logger.info('late'); ctx.progress(1); }, delay);
        void fetch('https://example.com', { method: 'POST', body: 'late' }).catch(() => {});
        void Promise.reject(new Error('late'));
        return globalThis.calls;`,
    });
    const pool = await poolOf();
    const outputs = [];
    for (let i = 0; i < 20; i++) outputs.push(await pool.call(callOf(plugin)));
    expect(outputs).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('tell what a plugin has', async () => {
    const { plugin } = await fixtureOf({});
    const pool = await poolOf();
    expect(await pool.describe(plugin)).toEqual([{ kind: 'step', name: 'go', title: 'Go', description: '' }]);
    await expect(pool.call(callOf(plugin, { name: 'stop' }))).rejects.toMatchObject({
      code: 'IA_PLUGIN_STEP',
      hint: 'It has: go.',
    });
  });

  it('are started less and less often for a plugin that ends each of them', async () => {
    const { plugin } = await fixtureOf({
      run: `if (input === 'die') Deno.exit(1); setTimeout(() => Deno.exit(1), 0); return input;`,
    });
    const clock = { ms: 0 };
    const count = { starts: 0 };
    const ended = { at: Promise.withResolvers<void>() };
    const pool = await poolOf({
      now: () => clock.ms,
      onProcess: (event) => {
        if (event === 'started') count.starts++;
        else ended.at.resolve();
      },
    });
    const end = async (input: string): Promise<void> => {
      ended.at = Promise.withResolvers();
      await pool.call(callOf(plugin, { input })).catch(() => undefined);
      await ended.at.promise;
    };
    for (const input of ['die', 'answer', 'die']) await end(input);
    const refused = { code: 'IA_PLUGIN_CRASHED', disposition: 'retry', hint: expect.stringContaining('in 1 s') };
    await expect(pool.call(callOf(plugin, { input: 'die' }))).rejects.toMatchObject(refused);
    expect(await pool.call(callOf(plugin, { input: 'other', tenantId: 'tenant-b' }))).toBe('other');
    expect(count.starts).toBe(4);
    clock.ms += 1_000;
    await end('die');
    expect(count.starts).toBe(5);
    await expect(pool.call(callOf(plugin, { input: 'die' }))).rejects.toMatchObject({ details: { waitMs: 2_000 } });
  });

  it('explain a module that does not load', async () => {
    const { plugin } = await fixtureOf({ module: 'throw new Error("broken on load");' });
    const pool = await poolOf();
    await expect(pool.describe(plugin)).rejects.toMatchObject({
      code: 'IA_PLUGIN_CRASHED',
      details: { stderr: 'Error: broken on load' },
    });
  });
});

describe('a machine with bubblewrap', () => {
  it.runIf(existsSync('/usr/bin/bwrap'))('builds the cage with it', async () => {
    const { plugin } = await fixtureOf({});
    const pool = await poolOf({ cages: ['bubblewrap'] });
    expect([pool.cage, await pool.call(callOf(plugin, { input: 1 }))]).toEqual(['bubblewrap', 1]);
  });
});

describe('a machine without a cage', () => {
  it('refuses plugins with what to do, and nothing else', async () => {
    const { plugin } = await fixtureOf({});
    const pool = await poolOf({ cages: [] });
    expect(pool.problem).toMatchObject({ code: 'IA_PLUGIN_SANDBOX', hint: expect.stringContaining('user namespaces') });
    await expect(pool.call(callOf(plugin))).rejects.toBe(pool.problem);
  });
});

const hostPath = fileURLToPath(new URL('spinning-host.ts', import.meta.url));
type Forked = { readonly child: ChildProcess; readonly pids: readonly number[] };

const startSpinningHost = async (options: object): Promise<Forked> => {
  const temp = await mkdtemp(join(tmpdir(), 'ia-spinning-'));
  cleanups.push(() => rm(temp, { recursive: true }));
  const env = { ...process.env, TMPDIR: temp };
  const child = fork(hostPath, [JSON.stringify(options)], { execArgv: ['--conditions=ia-src'], silent: true, env });
  cleanups.push(() => void child.kill('SIGKILL'));
  const [pids] = (await once(child, 'message')) as [readonly number[]];
  return { child, pids };
};

const isRunning = (pid: number): boolean => {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
};

describe('a host that is killed', () => {
  it.each(['caged', 'process'] as const)('takes a spinning guest of level %s with it', async (level) => {
    const { plugin } = await fixtureOf({
      run: 'ctx.logger.info("spinning"); for (;;) ;',
      permissions: { timeoutMs: 600_000, cpuMs: 600_000 },
    });
    const { child, pids } = await startSpinningHost({ plugin, level });
    expect(pids.filter(isRunning).length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await vi.waitUntil(() => !pids.some(isRunning), { timeout: 20_000 });
    expect(pids.filter(isRunning)).toEqual([]);
  });
});

const isRoot = process.getuid?.() === 0;

/** Whether another user can reach a file: a checkout below a closed home folder is no place for an ordinary user to run anything. */
const isOpenToOthers = (file: string): boolean => {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o005) !== 0o005) return false;
  }
  return true;
};

describe('a plugin folder that nobody else can read', () => {
  it('works for its owner', async () => {
    const { plugin } = await fixtureOf({});
    const locked = await mkdtemp(join(tmpdir(), 'ia-locked-'));
    cleanups.push(() => rm(locked, { recursive: true }));
    await cp(plugin.directory, join(locked, 'plugin'), { recursive: true });
    await chmod(join(locked, 'plugin'), 0o700);
    await chmod(locked, 0o700);
    const pool = await poolOf();
    expect(await pool.call(callOf({ ...plugin, directory: join(locked, 'plugin') }, { input: 1 }))).toBe(1);
  });

  it.runIf(isRoot && isOpenToOthers(hostPath))('and an ordinary user can run plugins just the same', async () => {
    const { plugin } = await fixtureOf({ run: 'ctx.logger.info("on"); return new Promise(() => {});' });
    await chmod(plugin.directory, 0o755);
    const { child } = await startSpinningHost({ plugin, level: 'caged', uid: 65_534 });
    expect(child.connected).toBe(true);
  });
});
