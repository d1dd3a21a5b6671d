import packageJson from '../package.json' with { type: 'json' };
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { createTestbed } from '@ia-modules/plugin-testbed';
import { afterEach, describe, expect, test } from 'vitest';
import { plugin } from '../src/index.ts';

const bed = createTestbed({ plugin, packageJson });
const sockets = new Set<Socket>();
let server: Server | undefined;

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server?.close();
  await bed.close();
});

const int32 = (value: number): string => String.fromCharCode(...[24, 16, 8, 0].map((bits) => (value >> bits) & 0xff));
const message = (type: string, body: string): string => `${type}${int32(body.length + 4)}${body}`;

const SIGNED_IN = message('R', int32(0)) + message('Z', 'I');
const DONE = message('C', 'BEGIN\0') + message('Z', 'I');
const JSON_COLUMN = message('T', `\0\u0001a\0${int32(0)}\0\0${int32(114)}${'\0'.repeat(8)}`);
const BAD_JSON = message('D', `\0\u0001${int32(4)}{not`);
const largeJson = (bytes: number): string => message('D', `\0\u0001${int32(bytes)}${'[1,'.padEnd(bytes - 2, ' ')}1]`);

type Phase = 'start' | 'query' | 'statement';

/** Speaks as much PostgreSQL as it takes to get the statement of a call. */
const listen = async (answers: Partial<Record<Phase, string>>): Promise<string> => {
  const wanted = { start: SIGNED_IN, query: DONE, statement: '', ...answers };
  server = createServer((socket) => {
    sockets.add(socket);
    let hasStarted = false;
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', ([first]) => {
      const phase: Phase = !hasStarted ? 'start' : first === 0x51 ? 'query' : 'statement';
      hasStarted = true;
      socket.write(Buffer.from(wanted[phase], 'latin1'));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `postgres://u:p@127.0.0.1:${(server.address() as AddressInfo).port}/db?sslmode=disable`;
};

describe('a server that is none of ours', () => {
  test.each<readonly [string, Partial<Record<Phase, string>>]>([
    ['signs in in an unknown way', { start: message('R', int32(99)) }],
    ['reports an error without an end', { start: message('E', 'Sxx') }],
    ['announces columns that do not come', { start: SIGNED_IN + message('T', '\x7d\0') }],
    ['sends rows that nobody asked for', { start: SIGNED_IN + BAD_JSON + JSON_COLUMN }],
    ['sends JSON that is none', { statement: message('1', '') + message('2', '') + JSON_COLUMN + BAD_JSON }],
  ])('fails only the call when it %s', async (_what, answers) => {
    const connection = await listen(answers);
    await expect(bed.step('query', { connection, sql: 'select 1' })).rejects.toMatchObject({ name: 'NetworkError' });
  });

  test.each([
    ['a row that is too large', JSON_COLUMN + `D${int32(20_000_000)}`],
    ['a JSON column that is too large', JSON_COLUMN + largeJson(4_300_000)],
  ])('is left at once when it sends %s', async (_what, rows) => {
    const connection = await listen({ statement: message('1', '') + message('2', '') + rows });
    const call = bed.step('query', { connection, sql: 'select 1', max_bytes: 3_000_000 });
    await expect(call).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });

  test('keeps nobody when it answers nothing, not even to what ends a statement', async () => {
    const connection = await listen({});
    const call = bed.step('query', { connection, sql: 'select 1', timeout_ms: 200 });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

test('its drivers load in Node.js itself, which names the exports of CommonJS otherwise than a bundler', async () => {
  const pools = import.meta.resolve('@ia-modules/plugin-sql').replace(/index\.ts$/, 'sql-pools.ts');
  const args = ['--conditions=ia-src', '--input-type=module', '--eval', `await import(${JSON.stringify(pools)})`];
  await expect(promisify(execFile)(process.execPath, args)).resolves.toBeDefined();
});
