import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePort, settlePorts } from '../src/ports.ts';
import { findListener } from '../src/process-table.ts';

let server: Server | undefined;

afterEach(() => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve()))));

function listen(port: number): Promise<void> {
  const listening = createServer();
  server = listening;
  return new Promise((resolve) => listening.listen(port, '127.0.0.1', resolve));
}

test('a wanted port that is free stays, a 0 becomes a free one', async () => {
  const api = await freePort();
  const ports = await settlePorts({ portal: 0, api, registry: 0, postgres: 0 }, undefined);
  expect(ports.api).toBe(api);
  expect(ports.portal).toBeGreaterThan(0);
  expect(new Set([ports.portal, ports.api, ports.registry]).size).toBe(3);
});

test('a taken port is named with what to set', async () => {
  const registry = await freePort();
  await listen(registry);
  await expect(settlePorts({ portal: 0, api: 0, registry, postgres: 0 }, undefined)).rejects.toMatchObject({
    code: 'IA_PLATFORM_PORT',
    message: expect.stringContaining(`Port ${registry}, wanted by the registry`),
    hint: expect.stringContaining(`IA_REGISTRY_PORT=${registry + 1}`),
  });
});

test.runIf(process.platform === 'linux')('the process that listens on a port is found', async () => {
  const port = await freePort();
  expect(findListener(port)).toBeUndefined();
  await listen(port);
  expect(findListener(port)).toMatchObject({ pid: process.pid });
});
