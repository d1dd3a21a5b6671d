import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import type { RenderedMail } from './render-mail.ts';

/** Where mails go: to an SMTP server, or as files into a folder that a person on this machine looks into. */
export type MailConfig = { readonly from: string } & (
  | { readonly kind: 'smtp'; readonly url: string }
  | { readonly kind: 'outbox'; readonly folder: string }
);

export type MailDelivery = RenderedMail & { readonly kind: string; readonly to: string };

export type MailTransport = {
  /** Hands a mail over, or throws what the other side said. */
  deliver(mail: MailDelivery): Promise<void>;
  close(): void;
};

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 20_000;
const MAX_CONNECTIONS = 2;

/** Addresses and texts are data: none of them names a file or an address to fetch. */
const NOTHING_FROM_ELSEWHERE = { disableFileAccess: true, disableUrlAccess: true };

/** Machines ask for no answer to these. */
const AUTOMATIC = { 'Auto-Submitted': 'auto-generated' };

const messageOf = (from: string, { to, subject, text, html }: MailDelivery) => ({
  from,
  // Apart from its text an address could be read as several.
  to: { name: '', address: to },
  subject,
  text,
  html,
  headers: AUTOMATIC,
});

const createSmtpTransport = (url: string, from: string): MailTransport => {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    ...NOTHING_FROM_ELSEWHERE,
  });
  return {
    deliver: async (mail) => {
      await transport.sendMail(messageOf(from, mail));
    },
    close: () => transport.close(),
  };
};

const fileNameOf = ({ kind, to }: MailDelivery): string => {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const address = to.replaceAll(/[^A-Za-z0-9@._+-]/g, '_').slice(0, 80);
  return `${time} ${kind} ${address} ${randomUUID().slice(0, 8)}.eml`;
};

/** Lines as they are: whoever opens the file finds a link that can be copied, which the usual encoding cuts into pieces. */
const legible = (type: 'text/plain' | 'text/html', content: string) => ({
  raw: [`Content-Type: ${type}; charset=utf-8`, 'Content-Transfer-Encoding: 8bit', '', ...content.split('\n')].join(
    '\r\n',
  ),
});

const createOutboxTransport = (folder: string, from: string): MailTransport => {
  const transport = createTransport({ streamTransport: true, buffer: true, ...NOTHING_FROM_ELSEWHERE });
  return {
    deliver: async (mail) => {
      const { message } = await transport.sendMail({
        ...messageOf(from, mail),
        text: legible('text/plain', mail.text),
        html: legible('text/html', mail.html),
      });
      const file = path.join(folder, fileNameOf(mail));
      // What is in there opens accounts: nobody else on this machine may read it.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(`${file}.part`, message as Buffer, { mode: 0o600, flag: 'wx' });
      await rename(`${file}.part`, file);
    },
    close: () => transport.close(),
  };
};

export const createMailTransport = (config: MailConfig): MailTransport =>
  config.kind === 'smtp'
    ? createSmtpTransport(config.url, config.from)
    : createOutboxTransport(config.folder, config.from);
