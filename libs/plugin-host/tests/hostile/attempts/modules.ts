import type { Attempt } from '../attempt.ts';

const FILE = { canary: 'file-read', proof: 'ambient' } as const;
const NETWORK = { canary: 'network', proof: 'ambient' } as const;

export const MODULES: readonly Attempt[] = [
  {
    ...FILE,
    id: 'import-file-url',
    tries: 'imports modules of the host by a computed file URL',
    run: `return all(...['module.mjs', 'module.cjs', 'module.ts'].map((name) => async () => (await import('file://' + input.folder + '/' + name)).default));`,
  },
  {
    ...FILE,
    id: 'import-relative',
    tries: 'imports modules of the host by a relative path',
    run: `return all(async () => (await import('../'.repeat(20) + '.' + input.folder + '/module.mjs')).default, async () => (await import('../../../../../../..' + input.folder + '/module.mjs')).default);`,
  },
  {
    ...FILE,
    id: 'literal-typescript',
    tries: 'opens a hole for reads with a literal import of a TypeScript file',
    files: { 'dist/more.ts': 'export const more: number = 1;' },
    run: `return all(async () => (await import('./more.ts')).more, () => Deno.readTextFileSync(input.folder + '/secret.txt'));`,
  },
  {
    ...FILE,
    id: 'static-import-of-host',
    tries: 'imports a module that names a file of the host statically, and one that computes it',
    files: { 'dist/reads.mjs': "export * from '/etc/hostname';" },
    run: `return all(async () => Object.keys(await import('./reads.mjs')), async () => (await import('file://' + input.folder + '/module.mjs')).default);`,
  },
  {
    ...FILE,
    id: 'create-require',
    tries: 'requires files of the host',
    run: `const { createRequire } = await import('node:module'); const load = createRequire(import.meta.url);
      return all(...['module.cjs', 'secret.json'].map((name) => () => load(input.folder + '/' + name)), () => load('node:fs').readFileSync(input.folder + '/secret.txt', 'utf8'), () => createRequire(input.folder + '/x.js')('./module.cjs'));`,
  },
  {
    ...FILE,
    id: 'module-internals',
    tries: 'loads through Module._load, _extensions and process.binding',
    run: `const { default: Module } = await import('node:module');
      return all(() => Module._load(input.folder + '/module.cjs'), () => { const module = { exports: {}, filename: 'x', paths: [] }; Module._extensions['.js'](module, input.folder + '/module.cjs'); return module.exports; }, () => process.binding('fs').readFileUtf8(input.folder + '/secret.txt', 0), () => process.mainModule.require('fs').readFileSync(input.folder + '/secret.txt', 'utf8'), () => process.getBuiltinModule('fs').readFileSync(input.folder + '/secret.txt', 'utf8'));`,
  },
  {
    ...FILE,
    id: 'data-url',
    tries: 'imports a data: module that reads the host',
    run: `const code = 'export default Deno.readTextFileSync(' + JSON.stringify(input.folder + '/secret.txt') + ')';
      return all(async () => (await import('data:text/javascript,' + encodeURIComponent(code))).default, async () => (await import('data:text/typescript;base64,' + btoa(code))).default);`,
  },
  {
    ...FILE,
    id: 'blob-url',
    tries: 'imports a blob: module that reads the host',
    run: `const code = 'export default Deno.readTextFileSync(' + JSON.stringify(input.folder + '/secret.txt') + ')';
      const url = URL.createObjectURL(new Blob([code], { type: 'application/javascript' }));
      return all(async () => (await import(url)).default);`,
  },
  {
    ...NETWORK,
    id: 'http-import',
    tries: 'imports a module over http',
    run: `return all(...['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'].map((host) => async () => (await import('http://' + host + ':' + input.httpPort + '/module.mjs')).default));`,
  },
  {
    ...NETWORK,
    id: 'http-import-granted',
    tries: 'imports a module from the granted server, which leads on to another',
    run: `const target = 'http://127.0.0.1:' + input.httpPort + '/led/module.mjs';
      return all(async () => (await import('http://localhost:' + input.grantedPort + '/to?url=' + target)).default, async () => (await import(target)).default);`,
  },
  {
    ...NETWORK,
    id: 'registry-imports',
    proof: 'none',
    tries: 'imports npm: and jsr: packages, and asks a registry by itself',
    run: `return all(() => import('npm:left-pad'), () => import('jsr:@std/path'), () => import('npm:left-pad@1.3.0/index.js'));`,
  },
  {
    ...FILE,
    id: 'import-map',
    proof: 'none',
    tries: 'brings an import map, a deno.json and a package.json of its own',
    files: {
      'deno.json': '{"imports":{"host/":"/"},"permissions":{"default":{"read":true}}}',
      'package.json': '{"imports":{"#host/*":"/*"},"type":"module"}',
      'dist/deno.json': '{"imports":{"host/":"/"}}',
    },
    run: `return all(async () => (await import('host' + input.folder + '/module.mjs')).default, async () => (await import('#host' + input.folder + '/module.mjs')).default);`,
  },
  {
    ...FILE,
    id: 'resolve-hooks',
    proof: 'none',
    tries: 'registers hooks of the module loader',
    run: `const module = await import('node:module');
      return all(() => module.register('data:text/javascript,export const load = () => 1'), () => module.registerHooks({ load: () => ({ format: 'module', source: 'export default 1', shortCircuit: true }) }), async () => { module.registerHooks({ resolve: (specifier, context, next) => specifier === 'host' ? { url: 'file://' + input.folder + '/module.mjs', shortCircuit: true } : next(specifier, context) }); return (await import('host')).default; });`,
  },
  {
    ...FILE,
    id: 'web-worker',
    tries: 'starts a worker with all permissions',
    run: `const code = 'self.onmessage = (event) => { let text; try { text = Deno.readTextFileSync(event.data); } catch (error) { text = String(error); } postMessage(text); }';
      return all(() => within(2000, new Promise((resolve, reject) => { const worker = new Worker('data:text/javascript,' + encodeURIComponent(code), { type: 'module' }); worker.onerror = reject; worker.onmessage = (event) => { resolve(event.data); worker.terminate(); }; worker.postMessage(input.folder + '/secret.txt'); })));`,
  },
  {
    ...FILE,
    id: 'node-worker',
    tries: 'starts a worker of node:worker_threads, inline and from a file',
    run: `const { Worker } = await import('node:worker_threads');
      const code = 'const { parentPort, workerData } = require("node:worker_threads"); let text; try { text = require("node:fs").readFileSync(workerData, "utf8"); } catch (error) { text = String(error); } parentPort.postMessage(text);';
      return all(() => within(2500, new Promise((resolve, reject) => new Worker(code, { eval: true, workerData: input.folder + '/secret.txt' }).on('message', resolve).on('error', reject))));`,
  },
  {
    ...FILE,
    id: 'wasm-wasi',
    proof: 'none',
    tries: 'reads through WASI',
    run: `const { WASI } = await import('node:wasi');
      return all(() => new WASI({ version: 'preview1', preopens: { '/': '/' } }).wasiImport.path_open);`,
  },
  {
    canary: 'file-read',
    proof: 'none',
    id: 'wasm-import',
    tries: 'imports WebAssembly that imports a module of the host',
    run: `const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 13, 1, 4, 104, 111, 115, 116, 4, 114, 101, 97, 100, 0, 0]);
      return all(async () => (await WebAssembly.instantiate(bytes, { host: { read: () => Deno.readTextFileSync(input.folder + '/secret.txt') } })).instance.exports, async () => (await import('data:application/wasm;base64,' + btoa(String.fromCharCode(...bytes)))).default);`,
  },
  {
    ...FILE,
    id: 'native-code',
    tries: 'loads native code',
    run: `return all(() => { const libc = Deno.dlopen('libc.so.6', { open: { parameters: ['buffer', 'i32'], result: 'i32' }, read: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' } }); const file = libc.symbols.open(bytesOf(input.folder + '/secret.txt\\0'), 0); const bytes = new Uint8Array(200); return bytes.subarray(0, Number(libc.symbols.read(file, bytes, 200n))); }, () => process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6'));`,
  },
  {
    ...FILE,
    id: 'new-context',
    tries: 'runs code in a fresh realm of node:vm and of ShadowRealm',
    run: `const vm = await import('node:vm');
      return all(() => vm.runInNewContext('read(path)', { read: Deno.readTextFileSync, path: input.folder + '/secret.txt' }), () => vm.runInThisContext('Deno.readTextFileSync')(input.folder + '/secret.txt'), () => new ShadowRealm().evaluate('typeof Deno'));`,
  },
  {
    ...FILE,
    id: 'inspector',
    proof: 'none',
    tries: 'attaches an inspector to its own process',
    run: `const inspector = await import('node:inspector');
      return all(() => inspector.open(0), () => new inspector.Session().connect(), () => inspector.url());`,
  },
  {
    ...FILE,
    id: 'core-ops',
    proof: 'none',
    tries: 'calls the runtime’s own operations behind its permission checks',
    run: `const secret = input.folder + '/secret.txt';
      return all(() => Deno.core.ops.op_fs_read_file_text_sync(secret), () => Deno[Deno.internal].core.ops.op_fs_read_file_text_sync(secret), () => Deno[Symbol('Deno.internal')], () => globalThis.__bootstrap.core.ops, () => Object.getOwnPropertySymbols(Deno).map((key) => Object.keys(Deno[key])));`,
  },
  {
    ...FILE,
    id: 'more-permissions',
    tries: 'asks for more permissions, and as others do not check them',
    run: `return all(async () => (await Deno.permissions.request({ name: 'read', path: input.folder })).state + Deno.readTextFileSync(input.folder + '/secret.txt'), async () => (await Deno.permissions.request({ name: 'net' })).state, async () => (await Deno.permissions.request({ name: 'run' })).state, () => { Deno.permissions.querySync = () => ({ state: 'granted' }); return Deno.readTextFileSync(input.folder + '/secret.txt'); });`,
  },
];
