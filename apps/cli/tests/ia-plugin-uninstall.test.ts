import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runPluginCommand } from '../src/plugin/testing.ts';

/** Has a tenant where nothing is installed, and says so as the API does. */
const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { query } = JSON.parse(await text(request)) as { query: string };
  const missing = { code: 'IA_API_NOT_FOUND', message: 'There is nothing with this id that you can see.' };
  const tenant = { id: 't', slug: 'acme', name: 'Acme' };
  const data = query.startsWith('mutation')
    ? { result: missing }
    : { viewer: { tenants: [{ role: 'OWNER', tenant }] } };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ data }));
};
const server = createServer((request, response) => void answer(request, response));
let api: string;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});

afterAll(() => {
  server.close();
});

it.each(['uninstall', 'upgrade'])('%s names a plugin that is not installed', async (command) => {
  const { code, stderr } = await runPluginCommand(command, '@community/nope', '--api', api, '--token', 'ia_x');
  expect([code, stderr]).toEqual([1, expect.stringContaining('@community/nope is not installed in this tenant')]);
});
