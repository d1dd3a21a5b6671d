import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFile } from './secret-file.ts';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/ia-modules.mjs', import.meta.url));

let platform: PlatformAccess;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform?.stop());

const set = async (name: string, value: string, ...more: readonly string[]) => {
  await using file = await createFile(value);
  return await platform.cli('secrets', 'set', name, '--file', file.path, ...more);
};

const test = async (name: string, value: string) => {
  await using file = await createFile(value);
  return await platform.cli('secrets', 'test', name, '--file', file.path);
};

it('sets, lists, tests, rolls back and deletes a secret, and shows no value', async () => {
  expect((await platform.cli('secrets', 'list')).stderr).toBe('No secrets.\n');
  expect(await set('API_KEY', 'value-one', '--description', 'of the shop')).toMatchObject({
    code: 0,
    stdout: 'API_KEY has version 1 now\n',
  });
  expect((await set('API_KEY', 'value-two')).stdout).toBe('API_KEY has version 2 now\n');
  expect((await platform.cli('secrets', 'list')).stdout).toMatch(/API_KEY +2 +.* never +of the shop/);
  expect(await test('API_KEY', 'value-two')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^the same value\n/),
  });
  expect(await test('API_KEY', 'value-one')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^another value\n/),
  });
  const { fingerprint } = await platform.json('secrets', 'test', 'API_KEY', '--fingerprint');
  expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
  const back = await platform.cli('secrets', 'rollback', 'API_KEY', '--to', '1', '--expected-version', '2');
  expect(back.stdout).toBe('API_KEY has version 3 now\n');
  expect((await test('API_KEY', 'value-one')).code).toBe(0);
  expect((await platform.cli('secrets', 'delete', 'API_KEY')).stdout).toBe('API_KEY is deleted\n');
});

it('takes a value from standard input, as it is but for one line break', async () => {
  const args = ['--conditions=ia-src', '--disable-warning=ExperimentalWarning', PROGRAM, 'secrets', 'set', 'PIPED'];
  const child = spawn(process.execPath, [...args, '--api', platform.api.graphqlUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], IA_API_TOKEN: platform.token },
  });
  child.stdin.end(' two\nlines \n');
  expect((await buffer(child.stdout)).toString()).toBe('PIPED has version 1 now\n');
  expect((await test('PIPED', ' two\nlines ')).code).toBe(0);
});

it('deletes what pipelines read by force alone, and says what is not there', async () => {
  await set('NEEDED', 'value-one');
  const headers = { authorization: '{{ secrets.NEEDED }}' };
  const call = { id: 'call', uses: 'http.request', with: { url: 'https://example.com/', headers }, timeout: '5s' };
  await platform.save({ name: 'reader', steps: [call] });
  const refused = await platform.cli('secrets', 'delete', 'NEEDED');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('reader') });
  expect((await platform.cli('secrets', 'delete', 'NEEDED', '--force')).code).toBe(0);
  expect((await platform.cli('secrets', 'delete', 'NEEDED')).stderr).toContain('error IA_API_NOT_FOUND');
});

it('has no place for a value on the command line', async () => {
  expect((await platform.cli('secrets', 'set', 'API_KEY', 'value-one')).code).toBe(2);
  expect((await platform.cli('secrets', 'set', 'API_KEY', '--value', 'value-one')).code).toBe(2);
});
