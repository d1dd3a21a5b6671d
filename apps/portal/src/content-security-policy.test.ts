import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy } from './content-security-policy.ts';

const directivesOf = (policy: string) => new Map(policy.split('; ').map((directive) => splitOnce(directive)));
const splitOnce = (directive: string): [string, string] => {
  const [name = '', ...values] = directive.split(' ');
  return [name, values.join(' ')];
};

const policyOf = (isDevelopment = false) =>
  directivesOf(contentSecurityPolicy({ nonce: 'n0', apiUrl: 'https://api.example.com/base', isDevelopment }));

describe('contentSecurityPolicy', () => {
  it('runs only scripts that carry the nonce of the page', () => {
    const scripts = policyOf().get('script-src');
    expect(scripts).toContain("'nonce-n0'");
    expect(scripts).not.toContain("'unsafe-inline'");
    expect(scripts).not.toContain("'unsafe-eval'");
  });

  it('connects to the API over http and websocket and to nothing else', () => {
    expect(policyOf().get('connect-src')).toBe("'self' https://api.example.com wss://api.example.com");
  });

  it('lets no other site frame the portal', () => {
    expect(policyOf().get('frame-ancestors')).toBe("'none'");
  });

  it('allows what the development server needs there alone', () => {
    expect(policyOf(true).get('script-src')).toContain("'unsafe-eval'");
  });
});
