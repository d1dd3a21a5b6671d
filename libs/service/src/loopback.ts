const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'] as const;

/** Whether only this machine reaches what listens on the host; no host at all means loopback. */
export const isLoopback = (host: string | undefined): boolean =>
  host === undefined || host === 'localhost' || host === '::1' || host.startsWith('127.');

/** Where to listen for a host: `localhost`, or none, means IPv4 and IPv6, since the name may resolve to either. */
export const listenAddresses = (host: string | undefined): readonly string[] =>
  host === undefined || host === 'localhost' ? LOOPBACK_ADDRESSES : [host];
