import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFile } from './secret-file.ts';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

let platform: PlatformAccess;

beforeAll(async () => {
  platform = await startPlatform();
  await platform.save({ name: 'orders', steps: [{ id: 'note', uses: 'core.noop', with: {} }] });
  await platform.save({ name: 'report', steps: [{ id: 'note', uses: 'core.noop', with: {} }] });
});

afterAll(() => platform?.stop());

it('makes, lists, foretells and deletes schedules', async () => {
  const made = await platform.cli(
    'schedules',
    'create',
    '--pipeline',
    'orders',
    '--name',
    'mornings',
    '--cron',
    '0 9 * * *',
    '--time-zone',
    'Europe/Zurich',
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const id = made.stdout.trim();
  expect((await platform.cli('schedules', 'list')).stdout).toMatch(
    /mornings +orders +0 9 \* \* \* +Europe\/Zurich +in /,
  );
  const { nextTimes } = await platform.json('schedules', 'next', id, '--count', '3');
  expect(nextTimes).toHaveLength(3);
  expect((await platform.cli('schedules', 'delete', id)).code).toBe(0);
  expect((await platform.cli('schedules', 'list')).stderr).toBe('No schedules.\n');
});

it('says what is wrong with a schedule', async () => {
  const { stderr, code } = await platform.cli(
    'schedules',
    'create',
    '--pipeline',
    'orders',
    '--name',
    'never',
    '--cron',
    'x',
    '--time-zone',
    'Europe/Zurich',
  );
  expect(stderr).toMatch(/^error IA_/);
  expect(code).toBe(1);
});

it('signs a call of a webhook that starts its pipeline', async () => {
  const { webhook, secret } = await platform.json('webhooks', 'create', '--pipeline', 'orders', '--name', 'shop');
  await using file = await createFile(secret);
  const body = '{"note": "it\'s on"}';
  const sign = ['webhooks', 'sign', webhook.id, '--body', body, '--secret-file', file.path];
  expect((await platform.cli(...sign)).stdout).toMatch(/^curl -X POST '/);
  const { url, headers } = await platform.json(...sign);
  const path = new URL(url).pathname;
  const send = () => fetch(`${platform.api.url}${path}`, { method: 'POST', headers, body });
  const answer = await send();
  expect(answer.status).toBe(202);
  const { runId } = (await answer.json()) as { runId: string };
  expect((await platform.cli('runs', 'follow', runId)).code).toBe(0);
  expect((await send()).status).toBe(200);
  const rotated = await platform.json('webhooks', 'rotate', webhook.id);
  expect(rotated.secret).not.toBe(secret);
  expect((await send()).status).toBe(401);
  expect((await platform.cli('webhooks', 'list')).stdout).toContain('shop');
});

it('makes triggers of the ends of runs', async () => {
  const made = await platform.cli(
    'triggers',
    'create',
    '--pipeline',
    'report',
    '--name',
    'after',
    '--event',
    'run_ended',
    '--source',
    'orders',
    '--status',
    'failed',
    'canceled',
  );
  expect(made.code).toBe(0);
  expect((await platform.cli('triggers', 'list')).stdout).toContain('a run of orders ends failed or canceled');
  expect((await platform.cli('triggers', 'delete', made.stdout.trim())).code).toBe(0);
});

it('shows limits, and leaves it to the operator to set them', async () => {
  expect((await platform.cli('limits', 'show')).stdout).toMatch(/runs at once +no limit/);
  const refused = await platform.cli('limits', 'set', '--runs', '5');
  expect(refused.stderr).toContain('error IA_API_FORBIDDEN');
});
