import { expect, test } from 'vitest';
import { publicHost, readConfig } from './config.ts';

test('without settings everything has its documented port and listens on loopback', () => {
  const config = readConfig({});
  expect(config.ports).toMatchObject({ portal: 3100, api: 4100, registry: 4873 });
  expect(config.host).toBeUndefined();
  expect(config.dataDir).toMatch(/\.data$/);
});

test('an empty variable counts as unset', () => {
  expect(readConfig({ IA_API_PORT: '', DATABASE_URL: '' })).toMatchObject({ databaseUrl: undefined });
});

test('each wrong variable is named', () => {
  expect(() => readConfig({ IA_API_PORT: 'x', IA_PORTAL_PORT: '70000', DATABASE_URL: 'mysql://a' })).toThrow(
    /IA_PORTAL_PORT.*IA_API_PORT.*DATABASE_URL/,
  );
});

test('the egress list is split at commas', () => {
  expect(readConfig({ IA_EGRESS_ALLOW: 'localhost:9000, 10.0.0.1:80,' }).egressAllow).toEqual([
    'localhost:9000',
    '10.0.0.1:80',
  ]);
});

test('an address of its own is public, loopback is called localhost', () => {
  expect(publicHost(undefined)).toBe('localhost');
  expect(publicHost('127.0.0.1')).toBe('localhost');
  expect(publicHost('192.0.2.7')).toBe('192.0.2.7');
  expect(publicHost('2001:db8::1')).toBe('[2001:db8::1]');
});
