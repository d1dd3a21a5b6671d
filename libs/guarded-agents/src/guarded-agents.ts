import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';

type Options = { readonly host?: string | null; readonly port?: number | string | null };
type Callback = (error: Error | null, socket: Duplex) => void;

/** Agents whose sockets come through the guarded door; names are resolved there and nowhere else. */
export const createGuardedAgents = (net: TrustedContext['net']): { httpAgent: Agent; httpsAgent: TlsAgent } => {
  const open = (tls: boolean) => (options: Options, callback?: Callback) => {
    const target = { host: options.host ?? '', port: Number(options.port ?? (tls ? 443 : 80)), tls };
    net.connect(target).then(
      (socket) => callback?.(null, socket),
      (error: unknown) => callback?.(error as Error, undefined as never),
    );
    return undefined;
  };
  return {
    httpAgent: Object.assign(new Agent(), { createConnection: open(false) }),
    httpsAgent: Object.assign(new TlsAgent(), { createConnection: open(true) }),
  };
};
