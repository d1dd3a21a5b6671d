import type { Attempt } from '../attempt.ts';

const FILE = { canary: 'file-read', proof: 'ambient' } as const;
const NONE = { canary: 'realm', proof: 'none' } as const;
const READ = `Deno.readTextFileSync(input.folder + '/secret.txt')`;

export const REALM: readonly Attempt[] = [
  {
    ...FILE,
    id: 'function-constructor',
    tries: 'builds functions from text in each realm that it finds',
    run: `return all(() => new Function('path', 'return Deno.readTextFileSync(path)')(input.folder + '/secret.txt'), () => (0, eval)('Deno').readTextFileSync(input.folder + '/secret.txt'), () => (async () => {}).constructor('return Deno')().then((deno) => deno.readTextFileSync(input.folder + '/secret.txt')), () => [].filter.constructor('return process')().mainModule);`,
  },
  {
    ...FILE,
    id: 'context-constructors',
    tries: 'climbs from the context’s functions and errors to the realm of the host',
    run: `const climb = (value) => value.constructor.constructor('return globalThis')();
      return all(() => climb(ctx.fetch).Deno.readTextFileSync(input.folder + '/secret.txt'), () => climb(ctx.logger.info).process.mainModule.require('fs'), () => climb(ctx.signal).Deno.env.toObject(), async () => { try { await ctx.fetch('file:///'); } catch (error) { return climb(error).process.getBuiltinModule('fs').readFileSync(input.folder + '/secret.txt', 'utf8'); } return 'no error'; });`,
  },
  {
    ...FILE,
    id: 'caller-walk',
    proof: 'none',
    tries: 'walks callers and arguments of the functions that called it',
    run: `const { runInThisContext } = await import('node:vm');
      const walk = runInThisContext('(function walk() { const seen = []; for (let f = walk.caller, i = 0; f && i < 20; f = f.caller, i++) seen.push(String(f.arguments && f.arguments[0])); return seen.join(); })');
      return all(() => walk(), () => { 'use strict'; return arguments.callee; });`,
  },
  {
    ...FILE,
    id: 'patched-checks',
    tries: 'patches what a permission check might use: includes, startsWith, test, some, URL',
    run: `String.prototype.startsWith = () => true; String.prototype.includes = () => true; Array.prototype.some = () => true; Array.prototype.includes = () => true; RegExp.prototype.test = () => true; Set.prototype.has = () => true; Map.prototype.has = () => true;
      return all(() => ${READ});`,
  },
  {
    canary: 'network',
    proof: 'ambient',
    id: 'patched-checks-network',
    tries: 'does the same, and asks a server',
    run: `String.prototype.startsWith = () => true; String.prototype.endsWith = () => true; Array.prototype.some = () => true; Array.prototype.every = () => true; Set.prototype.has = () => true;
      return all(async () => (await ctx.fetch('http://127.0.0.1:' + input.httpPort)).text(), async () => (await fetch('http://127.0.0.1:' + input.httpPort)).text());`,
  },
  {
    ...FILE,
    id: 'getter-path',
    tries: 'passes paths that change between the check and the read',
    run: `let reads = 0; const path = { toString: () => (reads++ % 2 === 0 ? '/plugin/dist/plugin.js' : input.folder + '/secret.txt'), [Symbol.toPrimitive]: () => (reads++ % 2 === 0 ? '/plugin/dist/plugin.js' : input.folder + '/secret.txt') };
      class Path extends URL { get pathname() { return reads++ % 2 === 0 ? '/plugin/dist/plugin.js' : input.folder + '/secret.txt'; } get href() { return 'file://' + this.pathname; } }
      return all(...Array.from({ length: 4 }, () => () => Deno.readTextFileSync(path)), ...Array.from({ length: 4 }, () => () => Deno.readTextFileSync(new Path('file:///plugin/dist/plugin.js'))), () => Deno.readTextFileSync('/plugin/dist/plugin.js\\0' + input.folder), () => ${READ});`,
  },
  {
    ...FILE,
    id: 'patched-promises',
    tries: 'patches then, resolve and the iteration of lists, to run inside of the guest’s own steps',
    run: `const seen = []; const then = Promise.prototype.then; Promise.prototype.then = function (...args) { try { seen.push(${READ}); } catch (error) { seen.push('refused'); } return Reflect.apply(then, this, args); };
      await new Promise((resolve) => setTimeout(resolve, 5)); await Promise.resolve(1).then(() => 1); Promise.prototype.then = then; return seen.slice(0, 3);`,
  },
  {
    ...FILE,
    id: 'iterator-hooks',
    tries: 'patches Symbol.iterator, hasInstance and species on built-ins',
    run: `const seen = []; const iterate = Array.prototype[Symbol.iterator];
      Array.prototype[Symbol.iterator] = function () { try { seen.push(${READ}); } catch { seen.push('refused'); } return Reflect.apply(iterate, this, []); };
      Object.defineProperty(Uint8Array, Symbol.species, { get: () => class extends Uint8Array {} }); Object.defineProperty(Error, Symbol.hasInstance, { value: () => true });
      try { ctx.logger.info('x'); new Map([[1, 2]]); } finally { Array.prototype[Symbol.iterator] = iterate; } return seen.slice(0, 3);`,
  },
  {
    canary: 'forged',
    proof: 'protocol',
    id: 'patched-json',
    tries: 'patches JSON, so that the guest writes another result for another call',
    top: `const forge = (id) => JSON.stringify({ type: 'result', id: id + 1, output: forgedText.text }); const forgedText = { text: '' }; const stringify = JSON.stringify;`,
    run: `forgedText.text = input.forged; const text = stringify({ type: 'result', id: input.callId + 1, output: input.forged }); JSON.stringify = () => text; JSON.parse = () => { throw 1; }; Object.prototype.toJSON = () => ({ type: 'result', id: 1 }); await new Promise((resolve) => setTimeout(resolve, 5)); return 'survived';`,
    permissions: { timeoutMs: 1_500 },
  },
  {
    ...NONE,
    id: 'patched-everything',
    tries: 'sets every built-in to null',
    run: `Object.prototype.type = 'ready'; Promise.prototype.then = null; globalThis.TextEncoder = null; globalThis.Promise = null; Uint8Array.prototype.subarray = null; Array.prototype.push = null; String.prototype.slice = () => '{"type":"ready"}'; return 'survived';`,
    permissions: { timeoutMs: 1_500 },
  },
  {
    ...NONE,
    id: 'prototype-setters',
    tries: 'puts setters for frame keys on Object.prototype, to swap values',
    run: `for (const key of ['type', 'id', 'output', 'level', 'error']) Object.defineProperty(Object.prototype, key, { set() { throw new Error(key); }, get: () => 'result', configurable: true }); return 'survived';`,
    permissions: { timeoutMs: 1_500 },
  },
  {
    ...NONE,
    id: 'frozen-guest',
    tries: 'freezes and replaces the context, the signal and the streams',
    run: `await all(() => Object.freeze(Object.prototype), () => Object.setPrototypeOf(ctx, null), () => { ctx.secrets = null; }, () => Object.defineProperty(Deno, 'stdout', { value: null }), () => { Deno.stdout.writeSync = () => 0; }, () => Object.freeze(globalThis)); return 'survived';`,
    permissions: { timeoutMs: 1_500 },
  },
  {
    ...NONE,
    id: 'contribution-map',
    tries: 'exports contributions that change after they were read',
    top: `setTimeout(() => { plugin.contributions.length = 0; plugin.contributions.push({ kind: 'step', name: '__proto__', describe: () => ({}), run: () => 'admin' }); }, 0);`,
    run: `return 'survived';`,
    permissions: { timeoutMs: 1_500 },
  },
  {
    ...NONE,
    id: 'hostile-module',
    tries: 'throws a proxy while its module loads',
    top: `if (typeof Deno !== 'undefined') throw new Proxy({}, { get: (_, key) => { throw key; } });`,
    run: `return null;`,
    ends: ['IA_PLUGIN_CRASHED', 'IA_PLUGIN_PROTOCOL', 'IA_PLUGIN_FAILED'],
  },
  {
    canary: 'file-write',
    proof: 'ambient',
    id: 'write-files',
    tries: 'writes, appends, truncates, renames, links and removes files of the host',
    run: `const f = input.folder;
      return all(() => Deno.writeTextFileSync(f + '/owned', 'x'), () => Deno.writeTextFileSync(f + '/secret.txt', 'x', { append: true }), () => Deno.truncateSync(f + '/doomed.txt'), () => Deno.renameSync(f + '/doomed.txt', f + '/moved'), () => Deno.symlinkSync('/etc', f + '/link'), () => Deno.linkSync(f + '/secret.txt', f + '/hard'), () => Deno.mkdirSync(f + '/made'), () => Deno.removeSync(f + '/inner', { recursive: true }), () => Deno.chmodSync(f + '/secret.txt', 0o777), () => Deno.makeTempFileSync({ prefix: input.mark }), () => Deno.utimeSync(f + '/secret.txt', 0, 0));`,
  },
  {
    canary: 'file-write',
    proof: 'ambient',
    id: 'write-files-node',
    tries: 'writes files with node:fs, a database and a store of the runtime',
    run: `const fs = await import('node:fs'); const { DatabaseSync } = await import('node:sqlite'); const f = input.folder;
      return all(() => fs.writeFileSync(f + '/owned', 'x'), () => fs.cpSync(f + '/secret.txt', f + '/copy'), () => fs.rmSync(f + '/doomed.txt'), () => new DatabaseSync(f + '/owned.db').exec('create table t (x)'), () => { const db = new DatabaseSync(':memory:'); db.exec("vacuum into '" + f + "/vacuum.db'"); }, async () => (await Deno.openKv(f + '/kv')).close(), () => fs.createWriteStream(f + '/stream').end('x'), () => process.report?.writeReport(f + '/report'), async () => { const v8 = await import('node:v8'); return v8.writeHeapSnapshot(f + '/heap'); });`,
  },
  {
    canary: 'file-write',
    proof: 'ambient',
    id: 'write-own-folder',
    tries: 'changes its own module, for the next tenant to load',
    run: `const own = new URL(import.meta.url).pathname;
      return all(() => Deno.writeTextFileSync(own, 'export const plugin = 1'), () => Deno.writeTextFileSync(new URL('./owned', import.meta.url), 'x'), () => Deno.writeTextFileSync('/guest/guest.ts', 'x'), () => Deno.writeTextFileSync('/tmp/' + input.mark, 'x'), () => Deno.chmodSync(own, 0o777));`,
  },
];
