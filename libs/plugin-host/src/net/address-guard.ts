import ipaddr from 'ipaddr.js';

/** Cloud metadata services that answer on addresses which look public. */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);

/**
 * Tells whether an IP address is out in the public internet. Private, loopback, link-local, shared, multicast, reserved,
 * tunnelled (6to4, Teredo, NAT64) and metadata addresses are not; an IPv4-mapped address is judged by its IPv4 part.
 */
export const isPublicAddress = (text: string): boolean => {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!ipaddr.isValid(bare)) return false;
  const address = ipaddr.process(bare);
  if (
    address.kind() === 'ipv6' &&
    address
      .toByteArray()
      .slice(0, 12)
      .every((byte) => byte === 0)
  )
    return false;
  return address.range() === 'unicast' && !METADATA_ADDRESSES.has(address.toString());
};
