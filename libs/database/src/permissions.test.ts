import { describe, expect, test } from 'vitest';
import { can, grantableScopes, type Permission, PERMISSIONS } from './permissions.ts';
import { TOKEN_SCOPES } from './token-scopes.ts';
import type { Principal, Role, TokenPrincipal } from './principal.ts';

const tenantId = '11111111-1111-4111-8111-111111111111';
const otherTenantId = '22222222-2222-4222-8222-222222222222';
const permissions = Object.keys(PERMISSIONS) as Permission[];

function member(role: Role): Principal {
  const memberships = [{ tenantId, slug: 'acme', name: 'Acme', role, isDeleted: false }];
  return {
    kind: 'user',
    userId: 'u1',
    sessionId: 's1',
    isEmailVerified: true,
    email: 'u1@acme.example',
    name: 'U',
    memberships,
  };
}

function token(role: Role, scopes: TokenPrincipal['scopes']): TokenPrincipal {
  return {
    kind: 'token',
    tokenId: 't1',
    createdBy: 'u1',
    serviceAccountId: null,
    tenantId,
    tenantSlug: 'acme',
    role,
    scopes,
  };
}

describe('can', () => {
  test('an owner may do everything in the own tenant and nothing in another', () => {
    for (const permission of permissions) {
      expect(can(member('owner'), tenantId, permission)).toBe(true);
      expect(can(member('owner'), otherTenantId, permission)).toBe(false);
      expect(can(token('owner', TOKEN_SCOPES), otherTenantId, permission)).toBe(false);
    }
  });

  test('a viewer only reads', () => {
    const allowed = permissions.filter((permission) => can(member('viewer'), tenantId, permission));
    expect(allowed.toSorted()).toEqual([
      'approval.read',
      'benchmark.read',
      'flag.read',
      'member.read',
      'metric.read',
      'pipeline.read',
      'plugin.read',
      'run.read',
      'tenant.read',
      'trigger.read',
      'usage.read',
    ]);
  });

  test('an operator starts runs but does not change pipelines', () => {
    expect(can(member('operator'), tenantId, 'run.start')).toBe(true);
    expect(can(member('operator'), tenantId, 'pipeline.write')).toBe(false);
  });

  test('an operator controls runs but does not bend them', () => {
    expect(can(member('operator'), tenantId, 'run.control')).toBe(true);
    expect(can(member('operator'), tenantId, 'run.debug')).toBe(false);
    expect(can(member('operator'), tenantId, 'trigger.write')).toBe(false);
  });

  test('an approver decides, and a token only with the scope for it', () => {
    expect(can(member('approver'), tenantId, 'approval.decide')).toBe(true);
    expect(can(member('approver'), tenantId, 'run.control')).toBe(false);
    expect(can(token('approver', ['RUNS_WRITE']), tenantId, 'approval.decide')).toBe(false);
    expect(can(token('approver', ['APPROVALS_WRITE']), tenantId, 'approval.decide')).toBe(true);
  });

  test('a service account does not do what is for people, whatever its role', () => {
    const service: Principal = { ...token('admin', TOKEN_SCOPES), serviceAccountId: 's1', createdBy: 'service:s1' };
    expect(can(token('admin', TOKEN_SCOPES), tenantId, 'approval.decide')).toBe(true);
    const missed = permissions
      .filter((permission) => can(token('admin', TOKEN_SCOPES), tenantId, permission))
      .filter((permission) => !can(service, tenantId, permission));
    expect(missed).toEqual(['approval.decide', 'plugin.review', 'serviceAccount.write']);
  });

  test('a token needs the scope', () => {
    expect(can(token('owner', ['RUNS_READ']), tenantId, 'run.read')).toBe(true);
    expect(can(token('owner', ['RUNS_READ']), tenantId, 'run.start')).toBe(false);
  });

  test('a token with every scope does no more than its creator may now', () => {
    for (const permission of permissions) {
      expect(can(token('viewer', TOKEN_SCOPES), tenantId, permission)).toBe(
        can(member('viewer'), tenantId, permission),
      );
    }
  });
});

describe('grantableScopes', () => {
  test('an owner may hand out every scope, a stranger none', () => {
    expect(grantableScopes(member('owner'), tenantId)).toEqual(TOKEN_SCOPES);
    expect(grantableScopes(member('owner'), otherTenantId)).toEqual([]);
  });

  test('a token hands out no scope that it lacks', () => {
    expect(grantableScopes(token('owner', ['TOKENS_WRITE', 'RUNS_READ']), tenantId)).toEqual([
      'RUNS_READ',
      'TOKENS_WRITE',
    ]);
  });
});
