import type { Attempt } from '../attempt.ts';

const FILE = { canary: 'file-read', proof: 'ambient' } as const;
const ENVIRONMENT = { canary: 'environment', proof: 'ambient' } as const;
const IDENTITY = { canary: 'identity', proof: 'ambient' } as const;
const SECRET = { canary: 'secret', proof: 'ambient' } as const;
const TENANT = { canary: 'tenant', proof: 'ambient' } as const;

export const THEFT: readonly Attempt[] = [
  {
    ...FILE,
    id: 'read-file',
    tries: 'reads a file of the host by its path',
    run: `return all(() => Deno.readTextFileSync(input.folder + '/secret.txt'), () => Deno.readTextFile(input.folder + '/secret.txt'));`,
  },
  {
    ...FILE,
    id: 'read-file-node',
    tries: 'reads through node:fs',
    run: `const fs = await import('node:fs');
      return all(() => fs.readFileSync(input.folder + '/secret.txt', 'utf8'), () => fs.promises.readFile(input.folder + '/secret.txt', 'utf8'));`,
  },
  {
    ...FILE,
    id: 'open-file',
    tries: 'opens a file and reads the handle',
    run: `return all(async () => { const file = await Deno.open(input.folder + '/secret.txt'); const bytes = new Uint8Array(200); return bytes.subarray(0, await file.read(bytes)); });`,
  },
  {
    ...FILE,
    id: 'read-descriptors',
    tries: 'reads inherited descriptors',
    run: `const fs = await import('node:fs');
      return all(() => fs.readFileSync(fs.openSync(input.folder + '/secret.txt', 'r'), 'utf8'), ...Array.from({ length: 40 }, (_, i) => () => { const bytes = new Uint8Array(500); return bytes.subarray(0, fs.readSync(i + 3, bytes)); }));`,
  },
  {
    ...FILE,
    id: 'climb-out',
    tries: 'climbs out of its folder with dots, also encoded and doubled',
    run: `const up = '../'.repeat(20); const here = new URL('.', import.meta.url).pathname;
      return all(...[here + up + input.folder, here + '/./' + up.replaceAll('/', '//') + input.folder, '/plugin/' + up + input.folder, '/plugin/%2e%2e/%2e%2e' + input.folder].map((path) => () => Deno.readTextFileSync(path + '/secret.txt')), () => Deno.readTextFileSync(new URL(up + '.' + input.folder + '/secret.txt', import.meta.url)));`,
  },
  {
    ...FILE,
    id: 'proc-root',
    tries: 'reads through /proc/self/root, cwd and the roots of other processes',
    run: `return all(...['self', 'thread-self', '1', String(input.canaryPid)].flatMap((pid) => ['root', 'cwd/../../../..'].map((link) => () => Deno.readTextFileSync('/proc/' + pid + '/' + link + input.folder + '/secret.txt'))));`,
  },
  {
    ...FILE,
    id: 'copy-in',
    tries: 'copies a file to where it may read, and reads it there',
    run: `return all(() => { Deno.copyFileSync(input.folder + '/secret.txt', '/cache/copy'); return Deno.readTextFileSync('/cache/copy'); }, () => { Deno.copyFileSync(input.folder + '/secret.txt', input.folder + '/copy'); return Deno.readTextFileSync(input.folder + '/copy'); });`,
  },
  {
    ...FILE,
    id: 'symlink-in',
    tries: 'links a folder into its own and reads through the link',
    run: `const here = new URL('.', import.meta.url).pathname;
      return all(...[here, '/cache/', '/tmp/'].map((base) => () => { const link = base + input.mark; Deno.symlinkSync(input.folder, link); return Deno.readTextFileSync(link + '/secret.txt'); }));`,
  },
  {
    ...FILE,
    id: 'link-in-package',
    tries: 'brings a link to a folder of the host',
    hasLink: true,
    run: `return all(() => Deno.readTextFileSync(new URL('./link/secret.txt', import.meta.url)), async () => (await import('./link/module.mjs')).default);`,
    ends: ['IA_PLUGIN_SANDBOX'],
  },
  {
    ...FILE,
    id: 'list-folders',
    tries: 'lists folders of the host, and reads what it finds',
    run: `const walk = (folder) => [...Deno.readDirSync(folder)].map((entry) => { try { return entry.isFile ? Deno.readTextFileSync(folder + '/' + entry.name) : entry.name; } catch { return entry.name; } }).join();
      return all(() => walk(input.folder), ...['/', '/tmp', '/home', '/root'].map((folder) => () => [...Deno.readDirSync(folder)].length));`,
  },
  {
    ...FILE,
    id: 'fetch-file-url',
    tries: 'fetches file URLs with every fetch it has',
    run: `const url = 'file://' + input.folder + '/secret.txt';
      return all(async () => (await fetch(url)).text(), async () => (await ctx.fetch(url)).text(), async () => (await fetch(url.replace('file://', 'file://localhost'))).text(), async () => (await fetch('FILE:' + input.folder + '/secret.txt')).text());`,
  },
  {
    canary: 'file-write',
    proof: 'ambient',
    id: 'sqlite-files',
    tries: 'writes and reads the host through SQLite',
    run: `const { DatabaseSync } = await import('node:sqlite');
      return all(() => new DatabaseSync(input.folder + '/secret.txt').prepare('select 1').get(), () => { const db = new DatabaseSync(':memory:'); db.exec("attach '" + input.folder + "/copy.db' as other; create table other.t (x)"); return new TextDecoder('latin1').decode(Deno.readFileSync(input.folder + '/copy.db')); }, () => new DatabaseSync(':memory:').prepare("select readfile('" + input.folder + "/secret.txt') as text").get(), () => { const db = new DatabaseSync(':memory:', { allowExtension: true }); db.loadExtension('/lib/x86_64-linux-gnu/libc.so.6'); });`,
  },
  {
    ...FILE,
    id: 'import-json',
    tries: 'imports a file of the host as JSON, text and bytes',
    run: `const url = 'file://' + input.folder + '/secret.json';
      return all(async () => (await import(url, { with: { type: 'json' } })).default, async () => (await import(url, { with: { type: 'text' } })).default, async () => (await import(url, { with: { type: 'bytes' } })).default);`,
  },
  {
    ...IDENTITY,
    id: 'password-file',
    tries: 'reads the users of the machine',
    run: `return all(() => Deno.readTextFileSync('/etc/passwd').split('\\n').map((line) => 'user=' + line.split(':')[0] + ';'), async () => 'user=' + (await import('node:os')).userInfo().username + ';');`,
  },
  {
    ...ENVIRONMENT,
    id: 'environment',
    tries: 'reads the environment in every way Deno has',
    run: `return all(() => Deno.env.get('IA_CANARY'), () => Deno.env.toObject(), async () => (await import('node:process')).env.IA_CANARY, () => globalThis.process?.env.IA_CANARY, () => Deno.env.has('IA_CANARY'));`,
  },
  {
    ...ENVIRONMENT,
    id: 'proc-environ',
    tries: 'reads the environment of other processes from /proc',
    run: `return all(...['self', '1', '2', String(input.canaryPid)].flatMap((pid) => ['environ', 'task/' + pid + '/environ'].map((file) => () => Deno.readTextFileSync('/proc/' + pid + '/' + file))));`,
  },
  {
    ...IDENTITY,
    id: 'host-name',
    tries: 'asks for the name of the machine',
    run: `return all(() => 'hostname=' + Deno.hostname(), async () => 'hostname=' + (await import('node:os')).hostname(), () => 'hostname=' + Deno.readTextFileSync('/proc/sys/kernel/hostname').trim(), () => 'hostname=' + Deno.readTextFileSync('/etc/hostname').trim());`,
  },
  {
    ...IDENTITY,
    id: 'user-ids',
    tries: 'asks as whom it runs',
    run: `return all(() => 'uid=' + Deno.uid() + ';', async () => 'uid=' + (await import('node:process')).getuid() + ';', async () => 'uid=' + (await import('node:os')).userInfo().uid + ';', () => 'uid=' + /Uid:\\s+(\\d+)/.exec(Deno.readTextFileSync('/proc/self/status'))[1] + ';');`,
  },
  {
    ...IDENTITY,
    id: 'own-path',
    tries: 'returns the path of its own module and the folder it runs in',
    run: `return all(() => import.meta.url, () => import.meta.filename, () => Deno.mainModule, () => Deno.execPath(), () => Deno.cwd(), () => Deno.realPathSync('/plugin'), () => Deno.realPathSync('.'), async () => (await import('node:process')).argv, async () => (await import('node:process')).cwd());`,
  },
  {
    ...IDENTITY,
    id: 'stack-paths',
    tries: 'throws an error whose stack and message name the host',
    run: `const error = new Error('at ' + import.meta.url); error.message += error.stack; ctx.logger.error(error.stack); console.error(error); throw error;`,
  },
  {
    ...IDENTITY,
    id: 'structured-stack',
    tries: 'walks the call sites of the stack for file names and functions',
    run: `Error.prepareStackTrace = (_, sites) => sites.map((site) => [site.getFileName(), site.getFunctionName(), String(site.getThis?.())].join()).join(' ');
      return all(() => new Error('x').stack, () => { try { null.x; } catch (error) { return error.stack; } });`,
  },
  {
    ...IDENTITY,
    id: 'parent-process',
    tries: 'asks for its parent and what that was started with',
    run: `return all(() => 'ppid=' + Deno.ppid + ';', () => Deno.readTextFileSync('/proc/' + Deno.ppid + '/cmdline'), () => Deno.readLinkSync('/proc/self/exe'), () => Deno.readLinkSync('/proc/self/cwd'), () => Deno.readTextFileSync('/proc/self/mountinfo'), () => Deno.readTextFileSync('/proc/self/cmdline'), () => 'hostname=' + Deno.hostname());`,
  },
  {
    ...IDENTITY,
    id: 'machine-facts',
    tries: 'asks for interfaces, memory, load, release and users with every Deno.* and node:os call',
    run: `const os = await import('node:os');
      return all(() => Deno.networkInterfaces(), () => Deno.systemMemoryInfo(), () => Deno.loadavg(), () => Deno.osRelease(), () => Deno.osUptime(), () => Deno.gid(), () => os.networkInterfaces(), () => os.homedir(), () => 'user=' + os.userInfo().username + ';', () => 'hostname=' + os.hostname());`,
  },
  {
    ...SECRET,
    id: 'ungranted-secret',
    tries: 'reads a secret that it declares and was not granted',
    run: `return all(() => ctx.secrets.UNGRANTED, () => ctx.secrets, () => Object.entries(Object.getOwnPropertyDescriptors(ctx.secrets)), () => { const copy = structuredClone(ctx.secrets); return copy; });`,
  },
  {
    ...SECRET,
    id: 'overheard-secret',
    tries: 'listens to what the host sends, for secrets beyond its own',
    top: `const heard = []; const decode = TextDecoder.prototype.decode; TextDecoder.prototype.decode = function (...args) { const text = Reflect.apply(decode, this, args); heard.push(text); return text; };
      const parse = JSON.parse; JSON.parse = (text, reviver) => { heard.push(String(text)); return parse(text, reviver); };
      const get = Map.prototype.get; Map.prototype.get = function (key) { try { heard.push(String(key)); } catch { /* a key without a text */ } return Reflect.apply(get, this, [key]); };`,
    run: `return [ctx.secrets.UNGRANTED, /ungranted-[0-9a-f]{24}/.exec(heard.join(''))];`,
  },
  {
    ...SECRET,
    id: 'secret-in-log',
    tries: 'logs a granted secret in every channel that people read',
    run: `const secret = ctx.secrets.MINE; ctx.logger.info('key ' + secret); console.log({ nested: { secret } }); console.error(new Error(secret)); ctx.progress(0.5, 'with ' + secret); ctx.metrics?.count('calls', 1, { key: secret }); await ctx.span?.('work ' + secret, () => 1, { key: secret }); return 'done';`,
  },
  {
    ...SECRET,
    id: 'secret-encoded',
    tries: 'logs and throws a granted secret in Base64 and hex, alone and within other texts',
    run: `const secret = ctx.secrets.MINE; const hex = Array.from(bytesOf(secret), (byte) => byte.toString(16).padStart(2, '0')).join('');
      ctx.logger.info(btoa(secret)); ctx.logger.info('x' + hex + 'x'); ctx.progress(0.5, btoa(secret)); throw new Error('sent ' + btoa(secret) + ' and ' + hex);`,
  },
  {
    ...SECRET,
    id: 'secret-in-error',
    tries: 'throws an error with a granted secret in every field',
    run: `const secret = ctx.secrets.MINE; throw Object.assign(new Error('bad ' + secret), { name: 'E' + secret.replaceAll('-', '_'), code: secret, hint: 'use ' + secret, details: { secret }, cause: new Error(secret), outcome: secret });`,
  },
  {
    ...SECRET,
    id: 'secret-in-error-name',
    tries: 'names an error after a granted secret',
    run: `const error = new Error('bad'); error.name = ctx.secrets.MINE; error.code = ctx.secrets.MINE; throw error;`,
  },
  {
    ...SECRET,
    id: 'secret-in-crash',
    tries: 'writes a granted secret to its error output and crashes',
    run: `Deno.stderr.writeSync(bytesOf('fatal: ' + ctx.secrets.MINE)); Deno.exit(3);`,
  },
  {
    ...TENANT,
    id: 'module-memory',
    tries: 'keeps what another tenant or another grant gave it in the module',
    top: `const kept = []; `,
    before: `kept.push(ctx.secrets.MINE); globalThis.kept = kept; Symbol.for(ctx.secrets.MINE); return null;`,
    run: `return [kept, globalThis.kept ?? null];`,
  },
  {
    ...TENANT,
    id: 'prototype-memory',
    tries: 'leaves another tenant’s secret on built-in prototypes',
    before: `Object.defineProperty(Array.prototype, 'left', { value: ctx.secrets.MINE, configurable: true }); Math.left = ctx.secrets.MINE; return null;`,
    run: `return all(() => [].left, () => Math.left);`,
  },
  {
    ...TENANT,
    id: 'late-timer',
    tries: 'leaves a timer of an earlier call that speaks in a later one',
    before: `const secret = ctx.secrets.MINE; setInterval(() => { globalThis.late = secret; ctx.logger.info(secret); console.log(secret); }, 5); return null;`,
    run: `await new Promise((resolve) => setTimeout(resolve, 60)); return globalThis.late ?? null;`,
  },
  {
    ...TENANT,
    id: 'local-storage',
    tries: 'keeps a secret in localStorage, sessionStorage and caches',
    before: `await all(() => localStorage.setItem('left', ctx.secrets.MINE), () => sessionStorage.setItem('left', ctx.secrets.MINE), async () => (await caches.open('left')).put('https://left.example/', new Response(ctx.secrets.MINE))); return null;`,
    run: `return all(() => localStorage.getItem('left'), () => sessionStorage.getItem('left'), async () => (await (await caches.open('left')).match('https://left.example/')).text());`,
  },
  {
    ...TENANT,
    id: 'left-file',
    tries: 'leaves a file for another tenant in each folder that it may see',
    before: `for (const folder of ['/cache', '/tmp', '/plugin', '/dev/shm', input.folder]) await all(() => Deno.writeTextFileSync(folder + '/' + input.mark, ctx.secrets.MINE)); return null;`,
    run: `return all(...['/cache', '/tmp', '/plugin', '/dev/shm', input.folder].map((folder) => () => Deno.readTextFileSync(folder + '/' + input.mark)));`,
  },
  {
    ...TENANT,
    id: 'freed-buffers',
    tries: 'looks for earlier content in fresh buffers',
    before: `globalThis.kept = Array.from({ length: 50 }, () => bytesOf(ctx.secrets.MINE.repeat(50))); return null;`,
    run: `const { Buffer } = await import('node:buffer'); let found = globalThis.kept?.[0] ?? '';
      for (let i = 0; i < 200; i++) { const text = Buffer.allocUnsafe(8192).toString('latin1'); const match = /tenant-[0-9a-f]{24}/.exec(text); if (match !== null) found = match[0]; }
      return shown(found);`,
  },
  {
    canary: 'tenant',
    proof: 'ambient',
    id: 'broadcast-channel',
    tries: 'listens for another tenant on a BroadcastChannel',
    before: `globalThis.channel = new BroadcastChannel('left'); const secret = ctx.secrets.MINE; channel.onmessage = () => channel.postMessage(secret); return null;`,
    run: `const mine = new BroadcastChannel('left'); const heard = []; mine.onmessage = (event) => heard.push(event.data); mine.postMessage('who'); await new Promise((resolve) => setTimeout(resolve, 150)); mine.close(); return heard;`,
  },
];
