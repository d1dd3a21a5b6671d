import { isIP, type LookupFunction } from 'node:net';
import { PluginError } from '@ia-modules/plugin-sdk';
import { buildConnector } from 'undici';
import { isPublicAddress } from './address-guard.ts';
import { type Address, createNameResolver, type ResolveName } from './resolve-name.ts';

export type IsPrivateAllowed = (host: string, port: number) => boolean;

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to the very addresses that were checked: a name is resolved once, every address of it must be public, and the
 * socket gets those addresses instead of the name, so that a second DNS answer can't lead elsewhere.
 */
export const createPinnedConnector = (
  isPrivateAllowed: IsPrivateAllowed,
  resolve: ResolveName = createNameResolver(),
): buildConnector.connector => {
  return (options, callback) => void connectChecked({ options, callback, isPrivateAllowed, resolve });
};

type Connecting = {
  readonly options: buildConnector.Options;
  readonly callback: buildConnector.Callback;
  readonly isPrivateAllowed: IsPrivateAllowed;
  readonly resolve: ResolveName;
};

const connectChecked = async ({ options, callback, isPrivateAllowed, resolve }: Connecting): Promise<void> => {
  const host = options.hostname.replace(/^\[|\]$/g, '');
  const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
  let addresses: readonly Address[];
  try {
    addresses = await resolveChecked({ host, port, isPrivateAllowed, resolve });
  } catch (error) {
    return callback(error instanceof Error ? error : new Error('The name could not be resolved.'), null);
  }
  const lookupPinned = pinnedLookup(addresses);
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, autoSelectFamily: true, lookup: lookupPinned });
  connect({ ...options, hostname: host }, callback);
};

type Target = Pick<Connecting, 'isPrivateAllowed' | 'resolve'> & { readonly host: string; readonly port: number };

const resolveChecked = async ({ host, port, isPrivateAllowed, resolve }: Target): Promise<readonly Address[]> => {
  const family = isIP(host);
  const bracketed = family === 6 ? `[${host}]` : host;
  const isOwn = isPrivateAllowed(bracketed, port);
  const addresses = family === 0 ? await resolve(host, isOwn) : [{ address: host, family }];
  if (!isOwn && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new PluginError({
      message: `${bracketed}:${port} is not reachable for plugins: it leads to a private or reserved address.`,
      name: 'NetDeniedError',
      code: 'IA_PLUGIN_NET_DENIED',
      hint: 'The operator can allow a named host and port of the own network.',
    });
  }
  return addresses;
};

const pinnedLookup =
  (addresses: readonly Address[]): LookupFunction =>
  (_hostname, options, callback) => {
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
  };
