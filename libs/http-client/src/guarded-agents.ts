import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';

type Options = { readonly host?: string | null; readonly port?: number | string | null };
type Callback = (error: Error | null, socket: Duplex) => void;

/** Agents whose sockets come through the guarded door; names are resolved there and nowhere else. */
export const createGuardedAgents = (net: TrustedContext['net']): { httpAgent: Agent; httpsAgent: TlsAgent } => {
  const connect = callbackify(net.connect.bind(net));
  const open = (tls: boolean) => (options: Options, callback: Callback) => {
    connect({ host: options.host ?? '', port: Number(options.port ?? (tls ? 443 : 80)), tls }, callback);
    return undefined;
  };
  return {
    httpAgent: Object.assign(new Agent(), { createConnection: open(false) }),
    httpsAgent: Object.assign(new TlsAgent(), { createConnection: open(true) }),
  };
};
