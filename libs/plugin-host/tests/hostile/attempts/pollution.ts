import { type Attempt, ended } from '../attempt.ts';

const REALM = { canary: 'realm', proof: 'protocol' } as const;
const TERMINAL = { canary: 'terminal', proof: 'protocol' } as const;
const POISON = `JSON.parse('{"__proto__":{"isAdmin":true}}')`;

export const POLLUTION: readonly Attempt[] = [
  {
    ...REALM,
    id: 'proto-output',
    tries: 'returns an object with the key __proto__',
    run: `return ${POISON};`,
    ends: ended.byProtocol,
  },
  {
    ...REALM,
    id: 'proto-nested',
    tries: 'returns __proto__ in a list in an object',
    run: `return { a: [{ b: ${POISON} }] };`,
    ends: ended.byProtocol,
  },
  {
    canary: 'realm',
    proof: 'protocol',
    id: 'constructor-prototype',
    tries: 'returns constructor.prototype, for hosts that merge',
    run: `return { constructor: { prototype: { isAdmin: true } }, prototype: { isAdmin: true } };`,
  },
  {
    ...REALM,
    id: 'proto-to-json',
    tries: 'lets toJSON produce the key at the last moment',
    run: `return { toJSON: () => ${POISON} };`,
  },
  {
    ...REALM,
    id: 'proto-log-frame',
    tries: 'sends a log frame with the key __proto__',
    run: `write('{"type":"log","id":' + (input.isAmbient ? input.callId : 1) + ',"level":"info","message":"x","__proto__":{"isAdmin":true}}\\n'); await new Promise((resolve) => setTimeout(resolve, 50)); return null;`,
    ends: ended.byProtocol,
  },
  {
    ...REALM,
    id: 'proto-error',
    tries: 'throws an error whose details carry __proto__, and sends one',
    top: 'eavesdrop();',
    run: `const id = callIdOf(input, ctx); write('{"type":"error","id":' + id + ',"error":{"message":"x","details":{"__proto__":{"isAdmin":true}}},"__proto__":{"isAdmin":true}}\\n'); throw Object.assign(new Error('x'), { details: ${POISON}, hint: 'h' });`,
  },
  {
    ...REALM,
    id: 'proto-labels',
    tries: 'records metrics and spans whose labels and names are keys of prototypes',
    run: `const labels = JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}');
      await all(() => ctx.metrics.count('__proto__', 1, labels), () => ctx.metrics.record('constructor', 1, labels), () => ctx.span('__proto__', (span) => span.set(labels), labels), () => ctx.metrics.count('x', 1, ${POISON}));
      return null;`,
  },
  {
    ...REALM,
    id: 'proto-forged-labels',
    tries: 'forges a metric frame with the label __proto__',
    top: 'eavesdrop();',
    run: `const id = callIdOf(input, ctx); write('{"type":"metric","id":' + id + ',"metric":{"kind":"counter","name":"x","value":1,"labels":{"__proto__":{"isAdmin":true}}},"kind":"counter","name":"x","value":1,"labels":{"__proto__":{"isAdmin":true}},"__proto__":{"isAdmin":true}}\\n'); await new Promise((resolve) => setTimeout(resolve, 50)); return null;`,
    ends: ended.byProtocol,
  },
  {
    canary: 'realm',
    proof: 'none',
    id: 'prototype-keys-as-data',
    tries: 'returns objects whose keys are those of prototypes',
    run: `return Object.fromEntries(Object.getOwnPropertyNames(Object.prototype).filter((key) => key !== '__proto__').map((key) => [key, key]));`,
  },
  {
    canary: 'realm',
    proof: 'none',
    id: 'numbered-keys',
    tries: 'returns lists with holes, lengths as keys and numbers as keys',
    run: `return { length: 1e9, 0: 'a', 4294967295: 'b', '-1': 'c', list: Object.assign([], { 5: 1 }) };`,
  },
  {
    canary: 'realm',
    proof: 'none',
    id: 'thenable-output',
    tries: 'returns a thenable and an object with a then that is text',
    run: `return { then: 'not a function', catch: 1, finally: null, toJSON: undefined, toString: 'x', valueOf: 'y' };`,
  },
  {
    ...TERMINAL,
    id: 'ansi-in-logs',
    tries: 'hides and rewrites lines of an operator’s terminal with escape sequences in logs',
    run: `ctx.logger.info('\\u001b[2J\\u001b[1;1Hall is well\\u001b]0;title\\u0007'); ctx.logger.error('\\u009b31m red'); console.log('over\\rwritten'); return null;`,
  },
  {
    ...TERMINAL,
    id: 'ansi-in-errors',
    tries: 'puts escape sequences into the message, name, code and hint of an error',
    run: `throw Object.assign(new Error('bad \\u001b[31m\\u0000'), { name: 'E\\u001b[0m', code: '\\u001b[31m', hint: 'try \\u001b]8;;http://evil.example\\u0007this\\u0008' });`,
  },
  {
    ...TERMINAL,
    id: 'ansi-in-progress',
    tries: 'puts escape sequences into progress, span and metric names',
    run: `ctx.progress(0.5, '\\u001b[31mhalf\\u0007'); await all(() => ctx.span('\\u001b[31m', () => 1), () => ctx.metrics.count('\\u001b[31m'), () => ctx.metrics.count('x_total', 1, { '\\u001b[31m': '\\u001b[31m' })); return null;`,
  },
  {
    ...TERMINAL,
    id: 'ansi-in-crash',
    tries: 'crashes with escape sequences in its error output',
    run: `Deno.stderr.writeSync(bytesOf('\\u001b[2Jfatal\\u0007')); Deno.exit(1);`,
    ends: ended.byCrash,
  },
  {
    canary: 'forged',
    proof: 'protocol',
    id: 'newline-in-log',
    tries: 'logs a line break, for the text after it to be taken as a frame of the host',
    run: `console.log('x\\n' + JSON.stringify({ type: 'result', id: 1, output: 'y' })); write('x\\n' + JSON.stringify({ type: 'exec', message: input.forged }) + '\\n'); await new Promise((resolve) => setTimeout(resolve, 50)); return null;`,
    ends: ended.byProtocol,
  },
  {
    canary: 'realm',
    proof: 'none',
    id: 'hostile-getters',
    tries: 'throws objects whose getters throw, count and change',
    run: `let reads = 0; throw { get name() { return reads++ ? {} : 'E'; }, get message() { throw new Error('no'); }, get code() { return { toString() { throw 1; } }; }, get hint() { return Symbol('x'); }, get retryable() { for (const _ of Array(1e6)); return false; } };`,
  },
  {
    canary: 'realm',
    proof: 'none',
    id: 'hostile-throws',
    tries: 'throws proxies, null, symbols and functions',
    run: `const thrown = new Proxy(() => {}, { get: () => { throw thrown; }, getPrototypeOf: () => { throw null; }, ownKeys: () => { throw Symbol('x'); } }); throw thrown;`,
  },
  {
    canary: 'realm',
    proof: 'none',
    id: 'cyclic-output',
    tries: 'returns a cycle, a big integer, a symbol, a function and a proxy',
    run: `const cycle = {}; cycle.self = cycle; const tries = [cycle, 10n, { big: 10n }, Symbol('x'), () => 1, new Proxy({}, { ownKeys: () => { throw new Error('no'); } })];
      try { return { values: tries.map((value) => { try { return JSON.stringify(value) ?? null; } catch { return null; } }), cycle }; } catch (error) { return String(error); }`,
  },
  {
    canary: 'forged',
    proof: 'protocol',
    id: 'error-of-platform',
    tries: 'throws an error that claims to be the platform’s own, with faults and dispositions',
    run: `const error = Object.assign(new Error('x'), { code: 'IA_INTERNAL ' + input.forged, name: 'PlatformError', fault: 'infra', disposition: 'pause', retryable: false }); throw error;`,
    ends: ['IA_PLUGIN_FAILED'],
  },
  {
    canary: 'realm',
    proof: 'none',
    id: 'lone-surrogates',
    tries: 'returns half characters and line separators in keys and values',
    run: `return { ['\\ud800']: '\\udfff', '\\u2028': '\\u2029', text: '\\ufffe\\uffff' };`,
  },
];
