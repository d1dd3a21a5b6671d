import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp } from './graphql-client.ts';
import { awaitMail, parseMail, type ReadMail, readMails } from './outbox.ts';

let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

type QueueRow = {
  readonly status: string;
  readonly attempts: number;
  readonly payload: unknown;
  readonly problem: string | null;
};

const queueRows = async (kind: string): Promise<readonly QueueRow[]> =>
  (
    await admin.query<QueueRow>(
      'select status, attempts, payload, problem from mail_queue where kind = $1 order by created_at',
      [kind],
    )
  ).rows;

const enqueue = (kind: string, payload: object) =>
  admin.query('select enqueue_mail($1, $2)', [kind, JSON.stringify(payload)]);

const letter = (to: string) => ({ to, name: 'Ann', url: 'http://localhost:3100/verify-email#token=t' });

describe('the queue', () => {
  it('lets tenants take turns, and whoever waits for a new password', async () => {
    const payload = JSON.stringify({ tenantId: 'flooding', key: 'a' });
    await admin.query(`select enqueue_mail('approvalRequested', $1) from generate_series(1, 60)`, [payload]);
    await enqueue('approvalRequested', { tenantId: 'other', key: 'a' });
    await enqueue('resetPassword', letter('zoe@example.com'));
    const { rows } = await admin.query('select kind, payload from take_mails(10, 60000)');
    expect(rows).toHaveLength(10);
    expect(rows).toContainEqual({ kind: 'approvalRequested', payload: { tenantId: 'other', key: 'a' } });
    expect(rows).toContainEqual({ kind: 'resetPassword', payload: letter('zoe@example.com') });
    await admin.query('delete from mail_queue');
  });
});

describe('without an SMTP server', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi(database);
  });

  afterAll(() => api?.close());

  it('mails become files that only this user can read, and leave nothing in the queue', async () => {
    await signUp(api, 'ann@example.com');
    const mail = await awaitMail(api.outbox, 'verifyEmail', 'ann@example.com');
    expect(mail).toMatchObject({ to: 'ann@example.com', subject: 'Confirm your e-mail address' });
    expect(mail.url.href).toMatch(/^http:\/\/localhost:3100\/verify-email#token=./);
    // The link can be copied out of the file: it stands in a line of its own, not encoded.
    expect((await readFile(path.join(api.outbox, mail.file), 'utf8')).split('\r\n')).toContain(mail.url.href);
    expect((await stat(path.join(api.outbox, mail.file))).mode & 0o077).toBe(0);
    expect((await stat(api.outbox)).mode & 0o077).toBe(0);
    await expect
      .poll(() => queueRows('verifyEmail'))
      .toEqual([{ status: 'succeeded', attempts: 1, payload: null, problem: null }]);
    expect(await readdir(api.outbox)).toHaveLength(1);
  });

  it('what people call themselves is neither a header nor markup', async () => {
    const hostile = 'Eve\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>';
    await enqueue('invitation', {
      to: 'bob@example.com',
      tenantName: hostile,
      inviterName: hostile,
      role: 'viewer',
      url: 'http://localhost:3100/accept-invitation/x#token=y',
      expiresAt: '2027-01-01T00:00:00.000Z',
    });
    const mail = await awaitMail(api.outbox, 'invitation', 'bob@example.com');
    const raw = await readFile(path.join(api.outbox, mail.file), 'utf8');
    expect(raw).not.toMatch(/^Bcc:/im);
    const html = raw.slice(raw.indexOf('text/html'));
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
  });

  it('an address that is several, or carries a header, is given up', async () => {
    for (const to of ['a@example.com, b@example.com', 'a@example.com\r\nBcc: b@example.com']) {
      await enqueue('resetPassword', letter(to));
    }
    const outcome = { status: 'failed', payload: null };
    await expect.poll(() => queueRows('resetPassword')).toMatchObject([outcome, outcome]);
    expect((await readMails(api.outbox)).filter(({ file }) => file.includes('resetPassword'))).toEqual([]);
  });
});

describe('with an SMTP server', () => {
  const received: ReadMail[] = [];
  let reply: 'take' | 'later' | 'never' = 'take';
  let server: SMTPServer;
  let api: TestApi;

  beforeAll(async () => {
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: (_address, _session, callback) => {
        if (reply === 'take') return callback();
        return callback(Object.assign(new Error('mailbox'), { responseCode: reply === 'later' ? 451 : 550 }));
      },
      onData: (stream, _session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          received.push(parseMail(Buffer.concat(chunks).toString('utf8')));
          callback();
        });
      },
    });
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    api = await startTestApi(database, {
      IA_SMTP_URL: `smtp://127.0.0.1:${port}`,
      IA_MAIL_FROM: 'Weather <no-reply@weather.example>',
    });
  });

  afterAll(async () => {
    await api?.close();
    await new Promise<void>((resolve) => server.close(resolve));
  });

  it('mails go there, and no file is written', async () => {
    await signUp(api, 'sam@example.com');
    await expect.poll(() => received.map(({ to }) => to), { timeout: 15_000 }).toEqual(['sam@example.com']);
    expect(await readMails(api.outbox)).toEqual([]);
  });

  it('a mail that is refused for now is tried again later, with what the server said noted', async () => {
    reply = 'later';
    await admin.query('delete from mail_queue');
    await enqueue('verifyEmail', letter('kim@example.com'));
    await expect
      .poll(() => queueRows('verifyEmail'), { timeout: 15_000 })
      .toMatchObject([{ status: 'pending', attempts: 1, problem: expect.stringContaining('mailbox') }]);
    reply = 'take';
    await admin.query(`update mail_queue set next_at = now(); notify mail_queued`);
    await expect
      .poll(() => queueRows('verifyEmail'), { timeout: 15_000 })
      .toEqual([{ status: 'succeeded', attempts: 2, payload: null, problem: null }]);
    expect(received.at(-1)?.to).toBe('kim@example.com');
  });

  it('a mail that will never be taken is given up, and what opens the account is forgotten', async () => {
    reply = 'never';
    await admin.query('delete from mail_queue');
    await enqueue('verifyEmail', letter('lee@example.com'));
    await expect
      .poll(() => queueRows('verifyEmail'), { timeout: 15_000 })
      .toMatchObject([{ status: 'failed', attempts: 1, payload: null, problem: expect.stringContaining('mailbox') }]);
    reply = 'take';
  });

  it('two processes send each mail once', async () => {
    const second = await startTestApi(database, { IA_SMTP_URL: `smtp://127.0.0.1:${portOf(server)}` });
    const before = received.length;
    const addresses = Array.from({ length: 30 }, (_, index) => `many-${String(index).padStart(2, '0')}@example.com`);
    await Promise.all(addresses.map((to) => enqueue('verifyEmail', letter(to))));
    await expect.poll(() => received.length - before, { timeout: 15_000 }).toBe(addresses.length);
    expect(
      received
        .slice(before)
        .map(({ to }) => to)
        .toSorted(),
    ).toEqual(addresses);
    await second.close();
  });
});

const portOf = ({ server }: SMTPServer): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};
