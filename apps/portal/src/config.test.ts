import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  it('talks to the local API unless told otherwise', () => {
    expect(readConfig({})).toEqual({ publicApiUrl: 'http://localhost:4100', apiUrl: 'http://localhost:4100' });
  });

  it('lets the server reach the API by another way than the browser', () => {
    const config = readConfig({ IA_PUBLIC_API_URL: 'https://api.example.com/', IA_API_URL: 'http://api:4100' });
    expect(config).toEqual({ publicApiUrl: 'https://api.example.com', apiUrl: 'http://api:4100' });
  });

  it.each(['localhost:4100', 'ftp://example.com', ''])('names the variable that is wrong: %j', (value) => {
    expect(() => readConfig({ IA_API_URL: value })).toThrow('IA_API_URL');
  });
});
