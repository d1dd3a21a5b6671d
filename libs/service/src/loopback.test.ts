import { expect, test } from 'vitest';
import { isLoopback, listenAddresses } from './loopback.ts';

test('localhost is IPv4 and IPv6, an address is itself', () => {
  expect(listenAddresses(undefined)).toEqual(['127.0.0.1', '::1']);
  expect(listenAddresses('localhost')).toEqual(['127.0.0.1', '::1']);
  expect(listenAddresses('0.0.0.0')).toEqual(['0.0.0.0']);
});

test.each([undefined, 'localhost', '127.0.0.1', '127.0.0.53', '::1'])('%j is loopback', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(['0.0.0.0', '::', '192.0.2.7', 'example.com'])('%j is not', (host) => {
  expect(isLoopback(host)).toBe(false);
});
