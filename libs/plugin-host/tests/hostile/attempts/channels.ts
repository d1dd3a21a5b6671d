import type { Attempt } from '../attempt.ts';

const TENANT = { canary: 'tenant', proof: 'ambient' } as const;

export const CHANNELS: readonly Attempt[] = [
  {
    ...TENANT,
    id: 'shared-temp',
    tries: 'leaves a message in temporary folders, in names, times and modes',
    before: `await all(() => Deno.makeTempDirSync({ prefix: ctx.secrets.MINE + input.mark }), () => Deno.writeTextFileSync('/tmp/' + input.mark, ctx.secrets.MINE), () => Deno.writeTextFileSync('/var/tmp/' + input.mark, ctx.secrets.MINE)); return null;`,
    run: `return all(() => Deno.readTextFileSync('/tmp/' + input.mark), () => Deno.readTextFileSync('/var/tmp/' + input.mark), () => [...Deno.readDirSync('/tmp')].map((entry) => entry.name).filter((name) => name.includes(input.mark)), () => Deno.removeSync('/var/tmp/' + input.mark));`,
  },
  {
    ...TENANT,
    id: 'shared-cache',
    tries: 'leaves a message in the runtime’s cache folder',
    before: `await all(() => Deno.writeTextFileSync((Deno.env.get('DENO_DIR') ?? '/cache') + '/' + input.mark, ctx.secrets.MINE), () => Deno.writeTextFileSync('/cache/' + input.mark, ctx.secrets.MINE)); return null;`,
    run: `return all(() => Deno.readTextFileSync(Deno.env.get('DENO_DIR') + '/' + input.mark), () => Deno.readTextFileSync('/cache/' + input.mark));`,
  },
  {
    ...TENANT,
    id: 'compiled-code',
    tries: 'leaves a message in compiled code that the runtime keeps between processes',
    before: `await all(async () => (await import('node:module')).enableCompileCache?.(input.folder), () => Deno.writeTextFileSync(input.folder + '/left.mjs', 'export default ' + JSON.stringify(ctx.secrets.MINE))); return null;`,
    run: `return all(async () => (await import('file://' + input.folder + '/left.mjs')).default);`,
  },
  {
    ...TENANT,
    id: 'web-locks',
    tries: 'leaves a message in locks, storage estimates, databases and key-value stores',
    before: `await all(() => new Promise((resolve) => navigator.locks.request(ctx.secrets.MINE, () => { resolve(); return forever(); })), async () => (await Deno.openKv(input.folder + '/kv')).set(['left'], ctx.secrets.MINE), async () => { const { DatabaseSync } = await import('node:sqlite'); const db = new DatabaseSync('/tmp/' + input.mark + '.db'); db.exec("create table left_over as select '" + ctx.secrets.MINE + "' as text"); db.close(); }); return null;`,
    run: `return all(async () => (await navigator.locks.query()).held, async () => (await (await Deno.openKv(input.folder + '/kv')).get(['left'])).value, async () => { const { DatabaseSync } = await import('node:sqlite'); return new DatabaseSync('/tmp/' + input.mark + '.db').prepare('select text from left_over').get(); });`,
  },
  {
    ...TENANT,
    id: 'environment-message',
    tries: 'leaves a message in the environment, the working folder, the title and the umask',
    before: `const { default: process } = await import('node:process'); await all(() => Deno.env.set('LEFT', ctx.secrets.MINE), () => { process.env.LEFT = ctx.secrets.MINE; }, () => { process.title = ctx.secrets.MINE; }); return null;`,
    run: `const { default: process } = await import('node:process'); return all(() => Deno.env.get('LEFT'), () => process.env.LEFT, () => process.title);`,
  },
  {
    ...TENANT,
    id: 'network-message',
    tries: 'leaves a message on a local port',
    before: `await all(() => { const server = Deno.listen({ hostname: '127.0.0.1', port: 0 }); globalThis.port = server.addr.port; const text = bytesOf(ctx.secrets.MINE); void (async () => { for await (const socket of server) await socket.write(text); })(); }); return null;`,
    run: `return all(async () => { const socket = await Deno.connect({ hostname: '127.0.0.1', port: globalThis.port ?? 1 }); const bytes = new Uint8Array(100); await socket.read(bytes); return bytes; });`,
  },
  {
    canary: 'identity',
    proof: 'ambient',
    id: 'proc-facts',
    tries: 'reads load, memory, uptime, mounts, interfaces and the host name from /proc and /sys',
    run: `return all(...['loadavg', 'meminfo', 'uptime', 'stat', 'mounts', 'net/tcp', 'net/dev', 'version', 'cpuinfo'].map((name) => () => Deno.readTextFileSync('/proc/' + name).length), () => Deno.readTextFileSync('/sys/class/dmi/id/product_name'), () => 'hostname=' + Deno.readTextFileSync('/proc/sys/kernel/hostname').trim());`,
  },
  {
    canary: 'tenant',
    proof: 'none',
    id: 'clocks',
    tries: 'builds a fine clock from shared memory and timers',
    run: `const started = performance.now(); let ticks = 0; while (performance.now() === started && ticks < 1e6) ticks++; const shared = new Int32Array(new SharedArrayBuffer(4)); Atomics.add(shared, 0, ticks); return { ticks, typeofGc: typeof gc, typeofWorker: typeof Worker };`,
  },
  {
    canary: 'tenant',
    proof: 'none',
    id: 'graphics',
    tries: 'talks to the machine’s graphics unit, which others share',
    run: `return all(async () => (await navigator.gpu.requestAdapter()).info, () => new OffscreenCanvas(1, 1), () => navigator.hardwareConcurrency > 0);`,
  },
];
