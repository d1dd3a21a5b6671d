import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const ENVIRONMENT = {
  IA_REGISTRY_STORAGE: '/data/registry',
  IA_REGISTRY_DATABASE_URL: 'postgresql://registry:secret-password@127.0.0.1:5432/ia',
  IA_INTERNAL_TOKEN: 'x'.repeat(43),
};

describe('readConfig', () => {
  it('fills in the defaults', () => {
    expect(readConfig(ENVIRONMENT)).toMatchObject({
      port: 4873,
      addresses: ['127.0.0.1', '::1'],
      storageUrl: 'file:///data/registry',
    });
  });

  it('names every wrong variable and tells no secret', () => {
    const wrong = { ...ENVIRONMENT, IA_REGISTRY_PORT: 'many', IA_INTERNAL_TOKEN: 'short-secret' };
    expect(() => readConfig(wrong)).toThrow(/IA_REGISTRY_PORT.*IA_INTERNAL_TOKEN/);
    expect(() => readConfig(wrong)).not.toThrow(/short-secret|secret-password/);
  });
});
