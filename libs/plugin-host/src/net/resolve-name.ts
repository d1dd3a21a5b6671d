import { lookup, Resolver } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { networkError } from '@ia-modules/plugin-sdk';

export type Address = { readonly address: string; readonly family: number };
/** `isOwn` is true for names that the operator has opened, which may be known to this machine alone. */
export type ResolveName = (host: string, isOwn: boolean) => Promise<readonly Address[]>;
export type NameResolverOptions = {
  /** Name servers as `host:port`. @default the system's */
  readonly servers?: readonly string[];
  /** For one question to one server. @default 3,000 */
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 3_000;
const TRIES = 2;
const LOCALHOST = /(?:^|\.)localhost\.?$/i;

/**
 * Asks the name servers itself. The system's own way takes a thread of a few for as long as a name server lets it wait, so that whoever
 * runs a slow one could keep everybody else from finding any name.
 */
export const createNameResolver = ({
  servers,
  timeoutMs = DEFAULT_TIMEOUT_MS,
}: NameResolverOptions = {}): ResolveName => {
  const resolver = new Resolver({ timeout: timeoutMs, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  return async (host, isOwn) => {
    if (isOwn) return await lookup(host, { all: true });
    const address = LOCALHOST.test(host) ? '127.0.0.1' : numericAddress(host);
    if (address !== undefined) return [{ address, family: 4 }];
    const answers = await Promise.allSettled([ask(resolver, host, 4), ask(resolver, host, 6)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failed = answers.find((answer) => answer.status === 'rejected');
    throw failed?.reason ?? networkError(`The name ${host} has no address.`);
  };
};

/** Such as 127.1 and 0x7f000001, which systems take for addresses. */
const numericAddress = (host: string): string | undefined => {
  const url = `http://${host}`;
  const { hostname } = URL.canParse(url) ? new URL(url) : { hostname: '' };
  return isIPv4(hostname) ? hostname : undefined;
};

const ask = async (resolver: Resolver, host: string, family: 4 | 6): Promise<readonly Address[]> => {
  try {
    const found = family === 4 ? await resolver.resolve4(host) : await resolver.resolve6(host);
    return found.map((address) => ({ address, family }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENODATA') return [];
    throw error;
  }
};
