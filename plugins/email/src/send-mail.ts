import { createHash } from 'node:crypto';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import type { SendMailOptions } from 'nodemailer';
import { readAttachments } from './read-attachments.ts';
import { hasTooManyRecipients, type Mail } from './mail-fields.ts';
import { mailError } from './mail-error.ts';
import type { MailServer } from './mail-server.ts';

export type Sent = {
  readonly messageId: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
};

/** Hands one mail to a server. Its Message-ID is the same for every attempt of a task, so that receivers can tell a repeated one. */
export const sendMail = async (ctx: TrustedContext, server: MailServer, mail: Mail): Promise<Sent> => {
  checkMail(mail);
  const attachments = await readAttachments(ctx, mail.attachments);
  const { createTransport } = await import('nodemailer');
  const timeout = AbortSignal.timeout(server.timeout_ms);
  const ended = AbortSignal.any([ctx.signal, timeout]);
  const socket = await ctx.net.connect({ host: server.host, port: server.port });
  const hangUp = (): void => void socket.destroy(new Error('ended'));
  if (ended.aborted) hangUp();
  else ended.addEventListener('abort', hangUp, { once: true });
  let isSent = false;
  const transport = createTransport({
    ...connectionOf(server),
    transactionLog: true,
    logger: createProtocolLog((command) => {
      isSent ||= command === 'DATA';
    }),
    // Which sockets the door gives is its own affair; nodemailer sets their timeouts.
    getSocket: (_options, callback) => callback(null, { connection: socket as never }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const sent = await transport.sendMail({ ...messageOf(mail, ctx.idempotencyKey), attachments });
    return { messageId: sent.messageId, accepted: texts(sent.accepted), rejected: texts(sent.rejected) };
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    throw mailError(server, { error, isLate: timeout.aborted, isSent });
  } finally {
    ended.removeEventListener('abort', hangUp);
    transport.close();
    socket.destroy();
  }
};

const SILENT = () => {};

/** Hears which commands are sent: the errors do not tell how far a mail came. What goes by may be a password, and is kept nowhere. */
const createProtocolLog = (onCommand: (command: string) => void) => ({
  level: SILENT,
  trace: SILENT,
  debug: (entry: unknown, command: unknown) => {
    const isClient = (entry as { readonly tnx?: unknown } | undefined)?.tnx === 'client';
    if (isClient && typeof command === 'string') onCommand(command);
  },
  info: SILENT,
  warn: SILENT,
  error: SILENT,
  fatal: SILENT,
});

const checkMail = (mail: Mail): void => {
  const problem =
    mail.text === undefined && mail.html === undefined
      ? 'A mail needs a text or HTML.'
      : hasTooManyRecipients(mail)
        ? 'A mail has too many recipients.'
        : undefined;
  if (problem === undefined) return;
  throw new PluginError({ code: 'IA_PLUGIN_INPUT', message: problem });
};

const connectionOf = ({ host, port, tls, ca, user, password, timeout_ms }: MailServer) => ({
  host,
  port,
  // Otherwise the name of this machine is told to the server.
  name: 'localhost',
  secure: tls === 'implicit',
  requireTLS: tls === 'starttls',
  ignoreTLS: tls === 'none',
  tls: {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  },
  greetingTimeout: timeout_ms,
  socketTimeout: timeout_ms,
  ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
});

const messageOf = (mail: Mail, idempotencyKey: string): SendMailOptions => ({
  from: mail.from,
  to: [mail.to].flat(),
  subject: mail.subject,
  headers: mail.headers,
  messageId: messageIdOf(mail.from, idempotencyKey),
  ...(mail.cc === undefined ? {} : { cc: [mail.cc].flat() }),
  ...(mail.bcc === undefined ? {} : { bcc: [mail.bcc].flat() }),
  ...(mail.reply_to === undefined ? {} : { replyTo: mail.reply_to }),
  ...(mail.text === undefined ? {} : { text: mail.text }),
  ...(mail.html === undefined ? {} : { html: mail.html }),
});

const messageIdOf = (from: string, idempotencyKey: string): string => {
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '');
  return `<${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)}@${domain}>`;
};

const texts = (list: readonly (string | { readonly address: string })[]): string[] =>
  list.map((item) => (typeof item === 'string' ? item : item.address));
