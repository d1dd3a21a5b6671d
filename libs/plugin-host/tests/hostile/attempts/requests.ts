import { PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { type Attempt, ended } from '../attempt.ts';

const FORGED = { canary: 'forged', proof: 'protocol', top: 'eavesdrop();' } as const;
const REFUSED = { ...FORGED, ends: ended.byProtocol, permissions: { timeoutMs: 4_000 } } as const;
const SOON = 'await new Promise((resolve) => setTimeout(resolve, 80)); return null;';
const REFERENCE = `{ blob: 'run-other/blobs/0', sizeBytes: 15, contentType: 'text/plain' }`;

const sent = (...frames: readonly string[]): string =>
  `const id = callIdOf(input, ctx); for (const frame of [${frames.join()}]) writeFrame(frame); ${SOON}`;
const fetchFrame = (requestId: string, url: string): string =>
  `{ type: 'fetch', id, requestId: ${requestId}, request: { url: ${url}, method: 'GET', headers: [], redirect: 'follow', body: null } }`;

export const REQUESTS: readonly Attempt[] = [
  {
    canary: 'network',
    proof: 'protocol',
    top: 'eavesdrop();',
    id: 'forged-fetch',
    tries: 'writes requests to servers that it was not granted, past the guest',
    run: sent(
      fetchFrame('1001', `'http://127.0.0.1:' + input.httpPort + '/forged'`),
      fetchFrame('1002', `'http://[::ffff:127.0.0.1]:' + input.httpPort + '/forged'`),
    ),
  },
  {
    canary: 'network',
    proof: 'protocol',
    top: 'eavesdrop();',
    id: 'forged-fetch-headers',
    tries: 'writes a request with headers that belong to the connection',
    run: `const id = callIdOf(input, ctx); const ask = (requestId, headers) => writeFrame({ type: 'fetch', id, requestId, request: { url: 'http://localhost:' + input.grantedPort + '/', method: 'GET', headers, redirect: 'follow', body: null } });
      ask(1001, [['Host', 'internal.example']]); ask(1002, [['hOsT', 'internal.example'], ['Transfer-Encoding', 'chunked'], ['Connection', 'upgrade'], ['Upgrade', 'x']]); ${SOON}`,
  },
  {
    canary: 'network',
    proof: 'protocol',
    top: 'eavesdrop();',
    id: 'forged-fetch-scheme',
    tries: 'writes requests with other schemes, and with URLs that are none',
    run: sent(
      fetchFrame('1001', `'file://' + input.folder + '/secret.txt'`),
      fetchFrame('1002', `'data:text/plain,x'`),
      fetchFrame('1003', `'http://'`),
      fetchFrame('1004', `'//127.0.0.1:' + input.httpPort`),
      fetchFrame('1005', `'HTTP://127.1:' + input.httpPort + '/x'`),
    ),
  },
  {
    ...REFUSED,
    id: 'request-line-breaks',
    tries: 'violation 5: writes a request whose method and headers are too long and too many',
    violation: 5,
    run: sent(
      `{ type: 'fetch', id, requestId: 1001, request: { url: 'http://localhost/', method: 'GET / HTTP/1.1\\r\\nx-smuggled: 1', headers: [], redirect: 'follow', body: null } }`,
    ),
  },
  {
    ...REFUSED,
    id: 'request-twice',
    tries: 'violation 8: uses the id of a request twice',
    violation: 8,
    run: sent(
      fetchFrame('1001', `'http://localhost:' + input.grantedPort + '/' + input.forged`),
      fetchFrame('1001', `'http://localhost:' + input.grantedPort`),
    ),
  },
  {
    ...REFUSED,
    id: 'request-of-another',
    tries: 'violation 7: asks in the name of another call',
    violation: 7,
    run: `const other = callIdOf(input, ctx) + 1; { const id = other; writeFrame(${fetchFrame('1001', `'http://localhost:' + input.grantedPort`)}); } ${SOON}`,
  },
  {
    ...REFUSED,
    id: 'pull-of-nothing',
    proof: 'none',
    tries: 'violation 11: asks for pieces of a request that was never made',
    violation: 11,
    run: sent(`{ type: 'pull', id, requestId: 4000 }`),
  },
  {
    ...FORGED,
    id: 'drop-of-nothing',
    proof: 'none',
    tries: 'drops requests that were never made',
    run: sent(`{ type: 'drop', id, requestId: 4000 }`, `{ type: 'drop', id, requestId: 4000 }`),
  },
  {
    ...REFUSED,
    id: 'pull-flood',
    tries: 'violation 11: asks for more pieces at once than allowed',
    violation: 11,
    run: `const id = callIdOf(input, ctx); writeFrame(${fetchFrame('1001', `'http://localhost:' + input.grantedPort + '/endless'`)}); for (let i = 0; i < 1000; i++) writeFrame({ type: 'pull', id, requestId: 1001 }); ${SOON}`,
  },
  {
    ...FORGED,
    id: 'blob-without-permission',
    tries: 'reads and keeps blobs without the permission',
    top: '',
    run: `return all(() => ctx.blobs.get(${REFERENCE}), () => ctx.blobs.put(new Uint8Array(10)));`,
  },
  {
    ...FORGED,
    id: 'forged-blob-get',
    tries: 'writes a request for another run’s blob, past the guest',
    run: sent(
      `{ type: 'blob_get', id, requestId: 1001, reference: ${REFERENCE} }`,
      `{ type: 'pull', id, requestId: 1001 }`,
    ),
  },
  {
    ...FORGED,
    id: 'forged-blob-path',
    tries: 'asks for blobs whose references climb out of the store',
    run: sent(
      `{ type: 'blob_get', id, requestId: 1001, reference: { blob: '../../' + input.folder + '/secret.txt', sizeBytes: 1, contentType: 'x' } }`,
      `{ type: 'blob_get', id, requestId: 1002, reference: { blob: input.folder + '/secret.txt\\0', sizeBytes: 1, contentType: 'x' } }`,
    ),
  },
  {
    ...REFUSED,
    id: 'blob-too-large',
    tries: 'violation 5: announces a blob beyond the largest',
    violation: 5,
    run: sent(
      `{ type: 'blob_put', id, requestId: 1001, contentType: 'x', sizeBytes: ${PROTOCOL_LIMITS.blobBytes + 1} }`,
    ),
  },
  {
    ...REFUSED,
    id: 'blob-pieces-of-nothing',
    tries: 'sends pieces of a blob that was never announced',
    run: sent(`{ type: 'blob_chunk', id, requestId: 1001, data: 'AAAA' }`),
  },
  {
    ...FORGED,
    id: 'plugin-without-dependency',
    tries: 'calls plugins that its manifest does not name',
    top: '',
    run: `return all(...['@community/other#go', '@ia-modules/plugin-shell#run', '../other#go', '__proto__', '#', ''].map((uses) => () => ctx.plugins.call(uses, null)));`,
  },
  {
    ...FORGED,
    id: 'forged-plugin-call',
    tries: 'writes calls of other plugins, past the guest',
    run: sent(
      `{ type: 'plugin_call', id, requestId: 1001, uses: '@ia-modules/plugin-shell#run', input: { command: 'id' } }`,
      `{ type: 'plugin_call', id, requestId: 1002, uses: 'constructor', input: null }`,
    ),
  },
  {
    canary: 'realm',
    proof: 'protocol',
    top: 'eavesdrop();',
    id: 'plugin-call-poison',
    tries: 'puts __proto__ into the input of a call of another plugin',
    run: `const id = callIdOf(input, ctx); write('{"type":"plugin_call","id":' + id + ',"requestId":1001,"uses":"@community/other#go","input":{"__proto__":{"isAdmin":true}}}\\n'); ${SOON}`,
  },
  {
    ...REFUSED,
    id: 'metric-name',
    tries: 'violation 5: records a metric under a name that no time series may have',
    violation: 5,
    run: sent(`{ type: 'metric', id, kind: 'counter', name: 'a{b="c"} 1\\nforged', value: 1, labels: {} }`),
  },
  {
    ...REFUSED,
    id: 'metric-infinite',
    tries: 'violation 5: records values that are no numbers',
    violation: 5,
    run: `const id = callIdOf(input, ctx); write('{"type":"metric","id":' + id + ',"kind":"counter","name":"x","value":1e999,"labels":{}}\\n'); ${SOON}`,
  },
  {
    ...REFUSED,
    id: 'metric-labels',
    tries: 'violation 5: records more labels than allowed, and nested ones',
    violation: 5,
    run: sent(
      `{ type: 'metric', id, kind: 'counter', name: 'x', value: 1, labels: Object.fromEntries(Array.from({ length: 500 }, (_, i) => ['l' + i, i])) }`,
    ),
  },
  {
    ...REFUSED,
    id: 'span-times',
    tries: 'violation 5: sends a span that took negative time',
    violation: 5,
    run: sent(
      `{ type: 'span', id, spanId: 1, parentId: null, name: input.forged, startedAt: 0, durationMs: -1, attributes: {}, error: null }`,
    ),
  },
  {
    canary: 'limit',
    proof: 'protocol',
    top: 'eavesdrop();',
    id: 'span-flood',
    tries: 'sends spans without an end, each below the one before',
    run: `const id = callIdOf(input, ctx); for (let i = 1; i < 30_000; i++) writeFrame({ type: 'span', id, spanId: i, parentId: i === 1 ? null : i - 1, name: 's' + i, startedAt: 0, durationMs: 1, attributes: {}, error: null }); ${SOON}`,
    permissions: { cpuMs: 20_000, timeoutMs: 10_000 },
  },
  {
    ...FORGED,
    id: 'plugin-beside-dependency',
    tries: 'calls plugins whose names are close to one that it depends on',
    top: '',
    dependencies: { '@community/other': '^1.0.0' },
    run: `return all(...['@community/other-evil#go', '@community/other/../evil#go', '@Community/Other#go', '@community/other\\0#go', ' @community/other#go', '@community/other', '@community/other#'].map((uses) => () => ctx.plugins.call(uses, null)));`,
  },
];
