import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { afterEach, expect, it } from 'vitest';
import { createNameResolver } from './resolve-name.ts';

const HEADER_BYTES = 12;
const A = 1;
const servers: { close(): void }[] = [];

/** Answers questions for IPv4 addresses of names that begin with `known`, and never those that begin with `slow`. */
const startNameServer = async () => {
  const socket = createSocket('udp4');
  servers.push(socket);
  const asked: string[] = [];
  socket.on('message', (query, { address, port }) => {
    const name = query.toString('latin1', HEADER_BYTES + 1, HEADER_BYTES + 1 + (query[HEADER_BYTES] ?? 0));
    asked.push(name);
    if (name.startsWith('slow')) return;
    const end = query.indexOf(0, HEADER_BYTES) + 5;
    const isFound = name.startsWith('known') && query.readUInt16BE(end - 4) === A;
    const answer = Buffer.from([0xc0, HEADER_BYTES, 0, A, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 7]);
    const header = Buffer.from(query.subarray(0, HEADER_BYTES)).fill(0, 6);
    header.writeUInt16BE(name.startsWith('known') ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(isFound ? 1 : 0, 6);
    const parts = [header, query.subarray(HEADER_BYTES, end), ...(isFound ? [answer] : [])];
    socket.send(Buffer.concat(parts), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { server: `127.0.0.1:${socket.address().port}`, asked };
};

afterEach(() => {
  for (const socket of servers.splice(0)) socket.close();
});

it('finds the addresses of a name, of either kind', async () => {
  const { server } = await startNameServer();
  const resolve = createNameResolver({ servers: [server] });
  expect(await resolve('known.example.com', false)).toEqual([{ address: '203.0.113.7', family: 4 }]);
  await expect(resolve('none.example.com', false)).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

it('is not kept by names whose server never answers', async () => {
  const { server } = await startNameServer();
  const resolve = createNameResolver({ servers: [server], timeoutMs: 100 });
  const done: string[] = [];
  const slow = Array.from({ length: 64 }, (_, index) =>
    resolve(`slow${index}.example.com`, false).catch((error: { code: string }) => done.push(error.code)),
  );
  await resolve('known.example.com', false);
  expect(done).toEqual([]);
  await Promise.all(slow);
  expect(new Set(done)).toEqual(new Set(['ETIMEOUT']));
});

it('asks this machine for names that the operator has opened, and nobody for localhost and numbers', async () => {
  const { server, asked } = await startNameServer();
  const resolve = createNameResolver({ servers: [server] });
  expect(await resolve('localhost', true)).toEqual(await lookup('localhost', { all: true }));
  expect(await resolve('x.localhost', false)).toEqual([{ address: '127.0.0.1', family: 4 }]);
  expect(await resolve('127.1', false)).toEqual([{ address: '127.0.0.1', family: 4 }]);
  expect(asked).toEqual([]);
});
