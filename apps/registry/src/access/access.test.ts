import { describe, expect, it } from 'vitest';
import { decidePublish, decideRead } from './access.ts';
import type { Caller, TokenPrincipal } from './caller.ts';
import type { Checked } from '../problem.ts';

const ANONYMOUS: Caller = { kind: 'anonymous' };
const PLATFORM: Caller = { kind: 'platform' };

function token(overrides: Partial<TokenPrincipal> = {}): Caller {
  const principal: TokenPrincipal = {
    kind: 'token',
    tokenId: '0199b1a0-0000-7000-8000-000000000001',
    createdBy: 'user-1',
    serviceAccountId: null,
    tenantId: '0199b1a0-0000-7000-8000-000000000002',
    tenantSlug: 'acme',
    role: 'developer',
    scopes: ['PLUGINS_READ', 'PLUGINS_PUBLISH'],
    ...overrides,
  };
  return { kind: 'token', principal };
}

function verdict(checked: Checked<unknown>): string {
  return checked.ok ? 'allowed' : (checked.problems[0]?.code ?? '');
}

describe('decideRead', () => {
  it.each<[string, Caller, string, string]>([
    ['anyone reads the community', ANONYMOUS, '@community/readability', 'allowed'],
    ['a stranger is asked for a token', ANONYMOUS, '@acme/secret', 'IA_REGISTRY_UNAUTHENTICATED'],
    ['a member reads', token(), '@acme/secret', 'allowed'],
    ['a publisher reads', token({ scopes: ['PLUGINS_PUBLISH'] }), '@acme/secret', 'allowed'],
    ['another tenant sees nothing', token({ tenantSlug: 'globex' }), '@acme/secret', 'IA_REGISTRY_NOT_FOUND'],
    ['a token without the scope', token({ scopes: ['RUNS_READ'] }), '@acme/secret', 'IA_REGISTRY_FORBIDDEN'],
    ['the platform reads everything', PLATFORM, '@acme/secret', 'allowed'],
    ['anyone reads what the platform ships', ANONYMOUS, '@ia-modules/plugin-sdk', 'allowed'],
    ['an unscoped name', PLATFORM, 'lodash', 'IA_REGISTRY_NOT_FOUND'],
    ['a name in other case', token(), '@ACME/secret', 'IA_REGISTRY_NOT_FOUND'],
    ['a path as a name', token(), '@acme/../../etc', 'IA_REGISTRY_NOT_FOUND'],
  ])('%s', (_name, caller, packageName, expected) => {
    expect(verdict(decideRead(caller, packageName))).toBe(expected);
  });
});

describe('decidePublish', () => {
  it.each<[string, Caller, string, string]>([
    ['a developer into the own scope', token(), '@acme/tool', 'allowed'],
    ['a developer into the community', token(), '@community/tool', 'allowed'],
    ['a stranger', ANONYMOUS, '@community/tool', 'IA_REGISTRY_UNAUTHENTICATED'],
    ['the platform itself', PLATFORM, '@community/tool', 'IA_REGISTRY_FORBIDDEN'],
    ['into another tenant', token(), '@globex/tool', 'IA_REGISTRY_FORBIDDEN'],
    ['into the platform scope', token(), '@ia-modules/tool', 'IA_REGISTRY_FORBIDDEN'],
    ['the platform tenant into its scope', token({ tenantSlug: 'ia-modules' }), '@ia-modules/tool', 'allowed'],
    ['without a scope in the name', token(), 'tool', 'IA_REGISTRY_FORBIDDEN'],
    ['without the token scope', token({ scopes: ['PLUGINS_READ'] }), '@acme/tool', 'IA_REGISTRY_FORBIDDEN'],
    ['by a token whose creator is a viewer now', token({ role: 'viewer' }), '@acme/tool', 'IA_REGISTRY_FORBIDDEN'],
  ])('%s', (_name, caller, packageName, expected) => {
    expect(verdict(decidePublish(caller, packageName))).toBe(expected);
  });
});
