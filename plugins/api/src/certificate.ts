import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import { PlatformError, type PluginContext } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';

const DAY_MS = 86_400_000;

export const certificateOutput = z.object({
  valid_until: z.string().describe('ISO 8601, UTC.'),
  days_left: z.int().describe('Whole days until then; negative after it.'),
  issuer: z.string().describe('Common name or organization of whoever signed it.'),
  subject: z.string().describe('Common name that it was made for.'),
});
type Certificate = z.infer<typeof certificateOutput>;

/**
 * Reads the certificate that a server shows. Null when there is none, or the connection is refused because it can not be trusted.
 */
export const readCertificate = async (ctx: PluginContext, url: URL): Promise<Certificate | null> => {
  if (url.protocol !== 'https:') return null;
  try {
    const target = { host: url.hostname, port: Number(url.port) || 443, tls: true };
    const socket = await trusted(ctx).net.connect(target);
    try {
      return socket instanceof TLSSocket ? describe(socket, ctx.clock.now()) : null;
    } finally {
      socket.destroy();
      if (!socket.closed) await once(socket, 'close');
    }
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code === 'IA_PLUGIN_NET_DENIED') throw error;
    ctx.logger.warn(error.message);
    return null;
  }
};

const describe = (socket: TLSSocket, now: number): Certificate | null => {
  const { valid_to: validTo, issuer, subject } = socket.getPeerCertificate();
  const endsAt = Date.parse(validTo);
  if (Number.isNaN(endsAt)) return null;
  return {
    valid_until: new Date(endsAt).toISOString(),
    days_left: Math.floor((endsAt - now) / DAY_MS),
    issuer: String(issuer.CN ?? issuer.O ?? ''),
    subject: String(subject.CN ?? ''),
  };
};
