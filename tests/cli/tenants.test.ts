import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

let platform: PlatformAccess;
let folder: string;
let admin: Client;

beforeAll(async () => {
  platform = await startPlatform();
  folder = await mkdtemp(path.join(tmpdir(), 'ia-export-'));
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin?.end();
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('lists and renames tenants', async () => {
  expect((await platform.cli('tenants', 'list')).stdout).toMatch(/^acme +Acme +owner +open$/m);
  expect((await platform.cli('tenants', 'rename', 'Acme & Sons')).stdout).toBe('acme: Acme & Sons, open\n');
});

it('shows what is used, and day by day', async () => {
  const { stdout } = await platform.cli('tenants', 'usage', '--days', '2');
  expect(stdout).toMatch(/^runs today +0 +no limit +\d{4}-/m);
  expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
    expect.stringMatching(/^\d{4}-\d\d-\d\d +0 /),
    expect.stringMatching(/^\d{4}-\d\d-\d\d +0 /),
  ]);
  expect((await platform.cli('tenants', 'usage', '--days', '0')).code).toBe(2);
});

it('switches flags on and off', async () => {
  expect((await platform.cli('flags', 'set', 'RUN_DEBUGGING', 'off')).stdout).toBe('RUN_DEBUGGING is off\n');
  expect((await platform.cli('flags', 'list')).stdout).toMatch(/^RUN_DEBUGGING +off +owners and admins /m);
  expect((await platform.cli('flags', 'reset', 'RUN_DEBUGGING')).stdout).toBe('RUN_DEBUGGING is on\n');
  expect((await platform.cli('flags', 'set', 'RUN_DEBUGGING', 'maybe')).code).toBe(2);
  expect((await platform.cli('flags', 'set', 'INCOMING_WEBHOOKS', 'off')).stderr).toContain('operator');
});

it('writes an export to a folder, as its manifest says', async () => {
  await platform.save({ name: 'exported', steps: [{ id: 'a', uses: 'core.noop' }] });
  const out = path.join(folder, 'acme');
  const { code, stdout } = await platform.cli('tenants', 'export', '--out', out);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+ files with \d+ rows in /)]);
  const manifest = JSON.parse(await readFile(path.join(out, 'manifest.json'), 'utf8')) as {
    files: { name: string; rows: number; sha256: string }[];
  };
  expect((await readdir(out)).toSorted()).toEqual(
    ['manifest.json', ...manifest.files.map(({ name }) => name)].toSorted(),
  );
  for (const { name, rows, sha256 } of manifest.files) {
    const bytes = await readFile(path.join(out, name));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(gunzipSync(bytes).toString('utf8').split('\n')).toHaveLength(rows + 1);
  }
});

it('deletes the tenant once its slug is repeated, and the worker cancels its runs', async () => {
  await platform.save({ name: 'waits', steps: [{ id: 'wait', uses: 'core.wait', with: { signal: 'go' } }] });
  expect((await platform.cli('runs', 'start', 'waits')).code).toBe(0);
  const statusOf = async () =>
    (await admin.query('select status from runs where tenant_id = $1', [platform.tenant.tenantId])).rows;
  await expect.poll(statusOf, { timeout: 20_000 }).toEqual([{ status: 'waiting' }]);
  expect((await platform.cli('tenants', 'delete')).stderr).toContain('add --confirm acme');
  expect((await platform.cli('tenants', 'delete', '--confirm', 'acme')).stdout).toMatch(
    /^acme: .+, deleted, erased at /,
  );
  await expect.poll(statusOf, { timeout: 20_000 }).toEqual([{ status: 'canceled' }]);
  await expect.poll(async () => (await platform.cli('tenants', 'list')).code).not.toBe(0);
});
