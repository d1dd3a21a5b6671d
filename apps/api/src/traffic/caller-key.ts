import type { Principal } from '@ia-modules/database';

const IPV6_GROUPS = 8;
const IPV6_NETWORK_GROUPS = 4;

const withoutZeros = (group: string): string => group.replace(/^0+(?=.)/, '');

/** The first half of an address, whose longest row of zeros may be left out. */
const ipv6NetworkOf = (address: string): string => {
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, IPV6_GROUPS - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail].slice(0, IPV6_NETWORK_GROUPS).map(withoutZeros).join(':');
};

/** What counts as one caller of those that nobody knows: whoever has one IPv6 address has the whole network. */
export const networkOf = (address: string): string =>
  address.includes(':') && !address.includes('.')
    ? ipv6NetworkOf(address.toLowerCase())
    : address.slice(address.lastIndexOf(':') + 1);

/** What is counted together: a token by itself, a person with all sessions. */
export const callerKey = (principal: Principal): string =>
  principal.kind === 'token' ? `token ${principal.tokenId}` : `user ${principal.userId}`;
