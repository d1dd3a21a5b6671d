import packageJson from '../package.json' with { type: 'json' };
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Json } from '@ia-modules/plugin-sdk';
import { closedPort, createTestbed } from '@ia-modules/plugin-testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts';

const bed = createTestbed({ plugin, packageJson });
let sink: SmtpSink;
let certificate: Certificate;

beforeAll(async () => {
  sink = await startSmtpSink();
  certificate = makeCertificate();
});

afterAll(() => sink.close());
afterEach(() => void (sink.mails.length = 0));

const mail = { from: 'Ada <ada@example.com>', to: 'bob@example.com', subject: 'Grüße', text: 'Hello' };
const send = (input: Record<string, Json> = {}, signal?: AbortSignal) =>
  bed.step('send', { host: '127.0.0.1', port: sink.port, tls: 'none', ...mail, ...input }, signal);

describe('email.send', () => {
  it('hands a mail over, under one Message-ID for all attempts', async () => {
    const first = await send({
      html: '<p>Hello</p>',
      cc: ['eve@example.com'],
      bcc: 'zoe@example.com',
      reply_to: 'r@example.com',
    });
    const second = await send();
    expect(first).toEqual({
      message_id: expect.stringMatching(/^<[0-9a-f]{40}@example\.com>$/),
      accepted: ['bob@example.com', 'eve@example.com', 'zoe@example.com'],
      rejected: [],
    });
    expect(second['message_id']).toBe(first['message_id']);
    const [taken] = sink.mails;
    expect(taken).toMatchObject({
      from: 'ada@example.com',
      to: ['bob@example.com', 'eve@example.com', 'zoe@example.com'],
    });
    expect(taken?.source).toContain(`Message-ID: ${JSON.stringify(first['message_id']).slice(1, -1)}`);
    expect(taken?.source).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=');
    expect(taken?.source).toContain('Reply-To: r@example.com');
    expect(taken?.source).toContain('multipart/alternative');
    expect(taken?.source).not.toContain('zoe@');
  });

  it('attaches base64 and blobs', async () => {
    bed.blobs.set('b1', Buffer.from('from a blob'));
    await send({
      attachments: [
        { filename: 'a.txt', content: Buffer.from('from base64').toString('base64') },
        { filename: 'b.bin', content: { blob: 'b1', sizeBytes: 11, contentType: 'application/x-own' } },
      ],
    });
    const source = sink.mails[0]?.source ?? '';
    expect(source).toContain('filename=a.txt');
    expect(source).toContain(Buffer.from('from base64').toString('base64'));
    expect(source).toContain('Content-Type: application/x-own; name=b.bin');
    expect(source).toContain(Buffer.from('from a blob').toString('base64'));
  });

  it.each<[string, Record<string, Json>]>([
    ['a line break in the subject', { subject: 'a\r\nBcc: eve@example.com' }],
    ['a line break in an address', { to: 'bob@example.com\nBcc: eve@example.com' }],
    ['two addresses in one', { to: 'bob@example.com, eve@example.com' }],
    ['a line break in the name of the sender', { from: 'Ada\r\nX: y <ada@example.com>' }],
    ['a line break in a header', { headers: { 'X-Own': 'a\r\nBcc: eve@example.com' } }],
    ['a header that is not its own', { headers: { Bcc: 'eve@example.com' } }],
    ['a line break in a file name', { attachments: [{ filename: 'a\r\nb', content: '' }] }],
    ['a path instead of content', { attachments: [{ filename: 'a', path: '/etc/hostname' }] }],
    ['neither text nor HTML', { text: null }],
    ['too many recipients', { to: Array(60).fill('b@example.com'), cc: Array(60).fill('b@example.com') }],
  ])('refuses %s', async (_what, change) => {
    const { text, ...rest } = { ...mail, ...change };
    const input = { host: '127.0.0.1', port: sink.port, tls: 'none', ...rest, ...(text === null ? {} : { text }) };
    await expect(bed.step('send', input)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    expect(sink.mails).toEqual([]);
  });

  it('bounds attachments', async () => {
    const content = Buffer.alloc(6 * 1024 * 1024).toString('base64');
    const attachments = [
      { filename: 'a', content },
      { filename: 'b', content },
    ];
    await expect(send({ attachments })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });
});

describe('signing in and TLS', () => {
  const withTls = async (secure: boolean, work: (port: number, server: SmtpSink) => Promise<void>) => {
    const server = await startSmtpSink({
      ...certificate,
      secure,
      authOptional: false,
      disabledCommands: [],
      onAuth: ({ username, password }, _session, done) =>
        username === 'ada' && password === 'hush' ? done(null, { user: 'ada' }) : done(new Error('no: hush')),
    });
    try {
      await work(server.port, server);
    } finally {
      await server.close();
    }
  };
  const login = { user: 'ada', password: 'hush' };

  it.each([
    ['starttls', false],
    ['implicit', true],
  ] as const)('checks the certificate with %s', async (tls, secure) => {
    await withTls(secure, async (port, server) => {
      const input = { host: 'localhost', port, tls, ...login };
      await expect(send(input)).rejects.toMatchObject({ name: 'TlsError', retryable: false });
      expect(server.mails).toEqual([]);
      await send({ ...input, ca: certificate.cert });
      expect(server.mails).toHaveLength(1);
    });
  });

  it('does not go on without TLS when the server has none', async () => {
    await expect(send({ host: 'localhost', tls: 'starttls', ...login })).rejects.toMatchObject({ name: 'TlsError' });
    expect(sink.mails).toEqual([]);
  });

  it('never repeats the password', async () => {
    await withTls(true, async (port) => {
      const wrong = { host: 'localhost', port, tls: 'implicit', ca: certificate.cert, user: 'eve', password: 'hush' };
      const failure = await send(wrong).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'AuthenticationError', retryable: false });
      expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('hush');
    });
  });
});

describe('failures', () => {
  it('tell what may be tried again', async () => {
    const refusing = async (responseCode: number) => {
      const server = await startSmtpSink({
        onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no'), { responseCode })),
      });
      const failure = await send({ port: server.port }).catch((error: unknown) => error);
      await server.close();
      return failure;
    };
    expect(await refusing(450)).toMatchObject({ name: 'MailRefusedError', retryable: true });
    expect(await refusing(550)).toMatchObject({ name: 'MailRefusedError', retryable: false });
    await expect(send({ port: await closedPort() })).rejects.toMatchObject({ name: 'NetworkError', retryable: true });
  });

  it('do not know what became of a mail whose answer is missing', async () => {
    const server = await startSmtpSink({ onData: (stream) => void stream.resume() });
    await expect(send({ port: server.port, timeout_ms: 300 })).rejects.toMatchObject({
      name: 'TimeoutError',
      details: { outcome: 'unknown' },
    });
    await server.close();
  });

  it('end a mail when the run is canceled', async () => {
    const silent: Server = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const controller = new AbortController();
    const pending = send({ port: (silent.address() as AddressInfo).port }, controller.signal);
    silent.once('connection', (socket) => {
      socket.on('error', () => {});
      controller.abort(new Error('canceled by a person'));
    });
    await expect(pending).rejects.toMatchObject({ code: 'IA_PLUGIN_CANCELED' });
    silent.close();
  });

  it('keep mails out of networks that are not allowed', async () => {
    const walled = createTestbed({ plugin, packageJson, egressAllow: [] });
    const input = { host: '127.0.0.1', port: sink.port, tls: 'none', ...mail };
    await expect(walled.step('send', input)).rejects.toMatchObject({ code: 'IA_PLUGIN_NET_DENIED' });
  });
});

describe('email.notify', () => {
  it('tells of an event', async () => {
    await bed.call('hook', 'notify', {
      event: { type: 'step_failed', stepId: 'pay', data: { error: 'no funds' } },
      config: {
        host: '127.0.0.1',
        port: sink.port,
        tls: 'none',
        from: 'ia@example.com',
        to: ['ops@example.com'],
        subject_prefix: '[billing] ',
        with_data: true,
      },
    });
    const source = sink.mails[0]?.source ?? '';
    expect(source).toContain('Subject: [billing] step failed: pay');
    expect(source).toContain('Run: run-1');
    expect(source).toContain('no funds');
  });
});
