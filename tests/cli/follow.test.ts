import { runProgram } from '@ia-modules/cli/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

let platform: PlatformAccess;
let proxy: CuttingProxy;

const PAID = {
  name: 'paid',
  steps: [{ id: 'payment', uses: 'core.wait', with: { signal: 'paid' } }],
  outputs: { payment: '{{ steps.payment.output }}' },
};

beforeAll(async () => {
  platform = await startPlatform();
  await platform.save(PAID);
  proxy = await startCuttingProxy(Number(new URL(platform.api.url).port));
});

afterAll(async () => {
  await proxy?.close();
  await platform?.stop();
});

it('goes on where the connection broke, and prints each event once', async () => {
  const { run } = await platform.json('runs', 'start', 'paid');
  const lines: string[] = [];
  let hear = (): void => {};
  const says = (part: string): Promise<void> =>
    new Promise((resolve) => {
      hear = () => {
        if (lines.some((line) => line.includes(part))) resolve();
      };
      hear();
    });
  const write = (text: string): void => {
    lines.push(...text.trim().split('\n'));
    hear();
  };
  const address = `http://localhost:${proxy.port}/graphql`;
  const ended = runProgram(
    ['node', 'ia-modules', 'runs', 'follow', run.id, '--json', '--api', address, '--token', platform.token],
    { write, writeError: write, style: (_style, text) => text, flush: () => Promise.resolve() },
  );
  await says('signal_awaited');
  proxy.cut();
  await says('connecting again');
  await platform.cli('runs', 'signal', run.id, 'paid', '5');
  expect(await ended).toBe(0);
  const seqs = lines.flatMap((line) => /"kind":"RunEvent","seq":(\d+)/.exec(line)?.[1] ?? []).map(Number);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
});

it('says which events are gone', async () => {
  const { run } = await platform.json('runs', 'start', 'paid');
  await platform.cli('runs', 'signal', run.id, 'paid', '5');
  await platform.cli('runs', 'follow', run.id);
  const uuid = Buffer.from(run.id, 'base64url').toString('utf8').split(':').at(-1);
  const admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  await admin.query('delete from run_event_chunks where run_id = $1', [uuid]);
  await admin.query('update runs set pruned_at = now() where id = $1', [uuid]);
  await admin.end();
  const { stdout, code } = await platform.cli('runs', 'follow', run.id);
  expect(stdout).toMatch(/^events 1 to \d+ are gone: they were pruned\n/);
  expect(code).toBe(0);
  expect((await platform.cli('runs', 'show', run.id)).stdout).toMatch(/log +pruned/);
});

it('prints the lines of a run, at once and while they are written', async () => {
  const { run } = await platform.json('runs', 'start', 'paid');
  const [, tenantId, runId] = Buffer.from(run.id, 'base64url').toString('utf8').split(':');
  const admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  const lines = [
    { at: 0, level: 'info', message: 'fetched', stepId: 'payment', attempt: 1 },
    { at: 0, level: 'warn', message: 'late', stepId: 'payment', attempt: 1 },
    { at: 0, level: 'progress', fraction: 0.5, message: 'half', stepId: 'payment', attempt: 1 },
  ];
  await admin.query(
    'insert into run_log_chunks (tenant_id, run_id, first_seq, last_seq, lines) values ($1, $2, 1, 3, $3)',
    [tenantId, runId, JSON.stringify(lines)],
  );
  await admin.end();
  const { stdout } = await platform.cli('runs', 'logs', run.id);
  expect(stdout.split('\n')).toEqual([
    '1970-01-01T00:00:00.000Z info     payment: fetched',
    '1970-01-01T00:00:00.000Z warn     payment: late',
    '1970-01-01T00:00:00.000Z progress payment: 50 % half',
    '',
  ]);
  expect((await platform.cli('runs', 'logs', run.id, '--level', 'warn')).stdout).toContain('late');
  const following = platform.cli('runs', 'logs', run.id, '--follow', '--level', 'warn', '--level', 'error');
  await platform.cli('runs', 'signal', run.id, 'paid', '5');
  expect((await following).stdout).toBe('1970-01-01T00:00:00.000Z warn     payment: late\n');
});
