import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { runCommand } from '../src/testing.ts';
import { createFolder } from './run-command.ts';

/** Hears what is sent, and knows nobody. */
const heard: IncomingHttpHeaders[] = [];
const paths: (string | undefined)[] = [];
const server = createServer((request, response) => {
  heard.push(request.headers);
  paths.push(request.url);
  if (request.url === '/moved') response.writeHead(307, { location: '/graphql' }).end();
  else response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"viewer":null}}');
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  heard.length = 0;
  return () => {
    vi.unstubAllEnvs();
  };
});

afterAll(
  () =>
    new Promise((resolve) => {
      server.close(resolve);
    }),
);

it('takes the address and the token from variables, and options before them', async () => {
  await using folder = await createFolder({ token: 'ia_from_file\n' });
  vi.stubEnv('IA_API_URL', `${origin}/graphql`);
  vi.stubEnv('IA_API_TOKEN', 'ia_from_variable');
  await runCommand('runs', 'list');
  await runCommand('runs', 'list', '--token-file', `${folder.path}/token`);
  await runCommand('runs', 'list', '--token', 'ia_from_option');
  expect(heard.map(({ authorization }) => authorization)).toEqual([
    'Bearer ia_from_variable',
    'Bearer ia_from_file',
    'Bearer ia_from_option',
  ]);
});

it('finds the API of an address without a path', async () => {
  await runCommand('runs', 'list', '--api', origin, '--token', 'ia_x');
  expect(paths.at(-1)).toBe('/graphql');
});

it('sends a token to no other address than the one that was named', async () => {
  const { stderr, code } = await runCommand('runs', 'list', '--api', `${origin}/moved`, '--token', 'ia_x');
  expect(heard).toHaveLength(1);
  expect(stderr).toContain('error IA_CLI_API_UNREACHABLE');
  expect(code).toBe(3);
});

it.each([
  ['an address that is none', ['--api', 'nowhere']],
  ['an address with a password', ['--api', 'http://me:pass-word@localhost/graphql']],
  ['a token that no header can hold', ['--token', 'ia_pass-word\n']],
  ['two tokens', ['--token', 'ia_pass-word', '--token-file', 'token']],
  ['a token file that is not there', ['--token-file', '/nowhere/token']],
])('refuses %s without repeating a secret', async (_name, options) => {
  const { stderr, code } = await runCommand('runs', 'list', ...options);
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toContain('pass-word');
  expect(code).toBe(2);
});

it('tells failures as JSON too', async () => {
  const { stdout, code } = await runCommand('runs', 'list', '--json', '--api', `${origin}/graphql`);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'IA_API_UNAUTHENTICATED' } });
  expect(code).toBe(1);
});
