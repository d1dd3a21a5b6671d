import { networkError, PluginError } from '@ia-modules/plugin-sdk';
import type { MailServer } from './mail-server.ts';

type Failed = {
  readonly error: unknown;
  readonly isLate: boolean;
  /** The server may have taken it although no answer came. */
  readonly isSent: boolean;
};

/** What Node.js calls a certificate or a handshake that is not as it should be. */
const TLS_PROBLEM = /certificate|altnames|self[- ]signed|SSL routines|ssl3_|wrong version number/i;

/** Says what became of a mail, without what was signed in with: servers like to repeat it. */
export const mailError = (server: MailServer, { error, isLate, isSent }: Failed): PluginError => {
  if (error instanceof PluginError) return error;
  const { code, command, responseCode, isTlsProblem } = readError(error);
  if (responseCode !== undefined && command !== 'STARTTLS') return refused({ code, command, responseCode });
  const where = `${server.host}:${server.port}`;
  if (isTlsProblem || code === 'ETLS' || command === 'STARTTLS') {
    return new PluginError({
      name: 'TlsError',
      message: `${where} has no TLS as it was asked for, or a certificate that is not trusted.`,
      hint: 'Set "tls" to implicit for port 465, or "ca" for a certificate of your own.',
    });
  }
  const lost = isLate
    ? new PluginError({
        name: 'TimeoutError',
        retryable: true,
        message: `${where} did not answer within ${server.timeout_ms} ms.`,
      })
    : networkError(`The connection to ${where} broke (${code}).`);
  return isSent ? withUnknownOutcome(lost) : lost;
};

type Refusal = { readonly code: string; readonly command: string; readonly responseCode: number };

const refused = ({ code, command, responseCode }: Refusal): PluginError =>
  new PluginError({
    name: code === 'EAUTH' ? 'AuthenticationError' : 'MailRefusedError',
    message:
      code === 'EAUTH'
        ? `The mail server does not accept the user or the password (${responseCode}).`
        : `The mail server refused the mail at ${command || 'its greeting'} (${responseCode}).`,
    // 4xx: try again later (RFC 5321, 4.2.1).
    retryable: responseCode >= 400 && responseCode < 500,
    details: { response_code: responseCode },
  });

const withUnknownOutcome = ({ name, message, code, retryable }: PluginError): PluginError =>
  new PluginError({ name, message, code, retryable, details: { outcome: 'unknown' } });

const readError = (error: unknown) => {
  const fields = (error ?? {}) as {
    readonly code?: unknown;
    readonly command?: unknown;
    readonly responseCode?: unknown;
  };
  return {
    code: typeof fields.code === 'string' ? fields.code : 'unknown reason',
    isTlsProblem: error instanceof Error && TLS_PROBLEM.test(error.message),
    command: typeof fields.command === 'string' ? fields.command : '',
    responseCode: typeof fields.responseCode === 'number' ? fields.responseCode : undefined,
  };
};
