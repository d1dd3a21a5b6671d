import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const required = {
  IA_API_DATABASE_URL: 'postgresql://app:pw@127.0.0.1:5432/ia',
  IA_AUTH_DATABASE_URL: 'postgresql://auth:pw@127.0.0.1:5432/ia',
  IA_AUTH_SECRET: 'x'.repeat(32),
  IA_BLOB_URL: 'file:///var/lib/ia/blobs',
  IA_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
};

describe('readConfig', () => {
  it('listens on both loopback addresses and shows GraphiQL there by default', () => {
    expect(readConfig(required)).toMatchObject({
      port: 4100,
      addresses: ['127.0.0.1', '::1'],
      isGraphiqlEnabled: true,
      isIntrospectionEnabled: true,
      publicPortalUrl: 'http://localhost:3100',
    });
  });

  it('switches introspection and GraphiQL off beyond loopback, unless asked for', () => {
    expect(readConfig({ ...required, IA_HOST: '0.0.0.0' })).toMatchObject({
      addresses: ['0.0.0.0'],
      isGraphiqlEnabled: false,
      isIntrospectionEnabled: false,
    });
    expect(readConfig({ ...required, IA_HOST: '0.0.0.0', IA_GRAPHIQL: 'true' }).isGraphiqlEnabled).toBe(true);
  });

  it('names every wrong setting and shows no value', () => {
    const wrong = {
      ...required,
      IA_AUTH_SECRET: 'hunter2',
      IA_SECRET_KEY: Buffer.from('hunter2').toString('base64'),
      IA_API_PORT: 'many',
      IA_API_DATABASE_URL: 'mysql://secret@x/y',
    };
    const read = () => readConfig(wrong);
    expect(read).toThrow(expect.objectContaining({ code: 'IA_CONFIG_INVALID' }));
    expect(read).toThrow(/IA_API_PORT.*IA_API_DATABASE_URL.*IA_AUTH_SECRET.*IA_SECRET_KEY/);
    expect(read).not.toThrow(/hunter2|secret@/);
  });
});
