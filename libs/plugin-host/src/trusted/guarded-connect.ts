import type { Duplex } from 'node:stream';
import { matchesNetPattern, networkError, PlatformError } from '@ia-modules/plugin-sdk';
import type { ConnectTarget } from '@ia-modules/plugin-sdk/trusted';
import { createPinnedConnector } from '../net/pinned-connector.ts';

/**
 * Opens sockets by the rules of the guarded `fetch`: a name is resolved once, every address must be public or allowed by the operator,
 * and the socket goes to those very addresses.
 */
export const createGuardedConnect = (egressAllow: readonly string[]): ((target: ConnectTarget) => Promise<Duplex>) => {
  const connect = createPinnedConnector((host, port) =>
    egressAllow.some((pattern) => matchesNetPattern(pattern, host, port)),
  );
  return ({ host, port, tls = false }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const options = { hostname: host, port: String(port), protocol: tls ? 'https:' : 'http:', servername: host };
    connect(options, (error, socket) => {
      // A refused connection comes without a second argument.
      if (error === null && socket !== null) resolve(socket);
      else reject(error instanceof PlatformError ? error : networkError(`No connection to ${host}:${port}.`, error));
    });
    return promise;
  };
};
