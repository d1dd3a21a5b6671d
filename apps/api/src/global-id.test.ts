import { describe, expect, it } from 'vitest';
import {
  opaqueId,
  parseGlobalId,
  parseTenantId,
  parseTenantNodeId,
  pluginGlobalId,
  tenantGlobalId,
  tenantNodeId,
} from './global-id.ts';

const tenantId = '6f1c3a54-52fd-4c6c-9d0c-0f6d1f8f1a11';
const id = '0b8a1f0e-1d2c-4b3a-9f8e-7d6c5b4a3f2e';

describe('global ids', () => {
  it('name the type, the tenant and the row', () => {
    expect(parseGlobalId(tenantNodeId('Run', { tenantId, id }))).toEqual({ type: 'Run', tenantId, id });
    expect(parseGlobalId(tenantGlobalId(tenantId))).toEqual({ type: 'Tenant', id: tenantId });
    expect(parseGlobalId(pluginGlobalId('@community/readability'))).toEqual({
      type: 'Plugin',
      name: '@community/readability',
    });
  });

  it('name an approval by its run and the activity that asks', () => {
    const approval = `${id}:ask-first#2.1/0.3`;
    expect(parseGlobalId(tenantNodeId('Approval', { tenantId, id: approval }))).toEqual({
      type: 'Approval',
      tenantId,
      id: approval,
    });
  });

  it('are refused by fields of another type', () => {
    expect(parseTenantNodeId('Pipeline', tenantNodeId('Run', { tenantId, id }))).toBeNull();
    expect(parseTenantId(tenantNodeId('Run', { tenantId, id }))).toBeNull();
  });

  it.each([
    ['', 'empty'],
    ['not base64!', 'no base64url'],
    [opaqueId('Run', tenantId), 'too few parts'],
    [opaqueId('Run', tenantId, id, 'x'), 'too many parts'],
    [opaqueId('Run', tenantId, "1' or '1'='1"), 'no uuid'],
    [opaqueId('Approval', tenantId, id), 'an approval without its key'],
    [opaqueId('Approval', tenantId, id, "a#/' or true"), 'no key of an activity'],
    [opaqueId('constructor', tenantId, id), 'unknown type'],
    [`${opaqueId('Tenant', tenantId)}=`, 'padded'],
    ['A'.repeat(10_000), 'too long'],
  ])('answers null for %s (%s)', (text) => {
    expect(parseGlobalId(text)).toBeNull();
  });
});
