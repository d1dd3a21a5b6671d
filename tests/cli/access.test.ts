import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

let platform: PlatformAccess;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform?.stop());

const shown = (output: string, field: string): string =>
  new RegExp(`^${field} +(?<value>\\S+)$`, 'm').exec(output)?.groups?.['value'] ?? '';

it('makes, lists, rotates, renames and revokes tokens', async () => {
  const scopes = ['--scope', 'tenant_read', '--scope', 'RUNS_READ'] as const;
  const made = await platform.cli('tokens', 'create', '--name', 'nightly', '--expires-in', '30', ...scopes);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const [id, token] = [shown(made.stdout, 'id'), shown(made.stdout, 'token')];
  expect(token).toMatch(/^ia_[\w-]{43}$/);

  expect((await platform.cli('tokens', 'list', '--expires-within', '60')).stdout).toMatch(/nightly +ia_\S+ +active/);
  expect((await platform.cli('tokens', 'list', '--expires-within', '7')).stderr).toBe('No tokens.\n');

  const rotated = await platform.json('tokens', 'rotate', id, '--grace-hours', '1');
  expect(rotated.token).not.toBe(token);
  const renamed = await platform.cli('tokens', 'rename', rotated.apiToken.id, 'weekly');
  expect(renamed.stdout).toMatch(/ is now weekly\n$/);
  expect((await platform.cli('tokens', 'revoke', rotated.apiToken.id)).stdout).toMatch(/^weekly \(.+\) is revoked\n$/);
  const { apiTokens } = await platform.json('tokens', 'list', '--own', '--status', 'revoked');
  expect(apiTokens).toMatchObject([{ name: 'weekly', scopes: ['TENANT_READ', 'RUNS_READ'] }]);
});

it('makes service accounts, with tokens of their own, and disables them', async () => {
  const made = await platform.cli('service-accounts', 'create', 'deployer', '--role', 'operator');
  expect([made.code, shown(made.stdout, 'role'), shown(made.stdout, 'enabled')]).toEqual([0, 'operator', 'yes']);
  const create = ['tokens', 'create', '--name', 'ci', '--scope', 'RUNS_READ', '--service-account', 'deployer'] as const;
  expect((await platform.cli(...create)).code).toBe(0);
  expect((await platform.cli('tokens', 'list', '--service-account', 'deployer')).stdout).toMatch(/ci .* deployer /);

  await platform.cli('service-accounts', 'update', 'deployer', '--name', 'robot', '--role', 'viewer');
  const disabled = await platform.cli('service-accounts', 'disable', 'robot');
  expect([shown(disabled.stdout, 'role'), shown(disabled.stdout, 'enabled')]).toEqual(['viewer', 'no']);
  expect((await platform.cli('service-accounts', 'list')).stdout).toMatch(/robot +viewer +no/);
  expect(shown((await platform.cli('service-accounts', 'enable', 'robot')).stdout, 'enabled')).toBe('yes');
});

it('says what is not there, and what is not allowed', async () => {
  const missing = await platform.cli('service-accounts', 'disable', 'nobody');
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("no service account 'nobody'")]);
  expect((await platform.cli('service-accounts', 'create', 'boss', '--role', 'owner')).code).toBe(2);
  expect((await platform.cli('tokens', 'create', '--name', 'x', '--scope', 'NOTHING')).code).not.toBe(0);
});
