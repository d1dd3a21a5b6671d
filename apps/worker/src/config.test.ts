import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const COMPLETE = {
  IA_WORKER_DATABASE_URL: 'postgres://worker:pw@localhost:5432/ia',
  IA_REGISTRY_URL: 'http://localhost:4873/',
  IA_INTERNAL_TOKEN: 'x'.repeat(32),
  IA_DATA_DIR: '/var/lib/ia',
  IA_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
};

test('defaults are caged, without egress into the own network and without metrics', () => {
  expect(readConfig(COMPLETE)).toMatchObject({
    registryUrl: 'http://localhost:4873',
    sandboxLevel: 'caged',
    egressAllow: [],
    maxConcurrentRuns: 200,
    maxConcurrentTasks: 256,
    metricsPort: undefined,
    logLevel: 'info',
  });
});

test('the egress list is split and trimmed', () => {
  const { egressAllow } = readConfig({ ...COMPLETE, IA_EGRESS_ALLOW: 'localhost:4873, registry.internal:443,' });
  expect(egressAllow).toEqual(['localhost:4873', 'registry.internal:443']);
});

test('keys that only open what was sealed before stand behind the one that seals', () => {
  const [current, old] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];
  const { secretKeys } = readConfig({ ...COMPLETE, IA_SECRET_KEYS_OLD: old.toString('base64') });
  expect(secretKeys).toEqual({ current: new Uint8Array(current), others: [new Uint8Array(old)] });
});

test('every wrong variable is named, and no value is shown', () => {
  const read = (): unknown => readConfig({ ...COMPLETE, IA_INTERNAL_TOKEN: 'hush', IA_SANDBOX_LEVEL: 'none' });
  expect(read).toThrow(/IA_INTERNAL_TOKEN.*IA_SANDBOX_LEVEL/);
  expect(read).not.toThrow(/hush/);
});
