import type { Principal } from '@ia-modules/database';
import { describe, expect, it } from 'vitest';
import { createIdentify } from './caller.ts';

const INTERNAL = 'internal-token-of-at-least-32-characters';
const PRINCIPAL: Principal = {
  kind: 'token',
  tokenId: 't',
  createdBy: 'u',
  serviceAccountId: null,
  tenantId: 'a',
  tenantSlug: 'acme',
  role: 'owner',
  scopes: [],
};
const identify = createIdentify(async (token) => (token === 'ia_good' ? PRINCIPAL : null), INTERNAL);

describe('createIdentify', () => {
  it.each([
    [undefined, { kind: 'anonymous' }],
    ['', { kind: 'anonymous' }],
    ['Bearer ia_good', { kind: 'token', principal: PRINCIPAL }],
    ['bearer ia_good', { kind: 'token', principal: PRINCIPAL }],
    ['Bearer ia_bad', null],
    [`Bearer ${INTERNAL}`, { kind: 'platform' }],
    [`Bearer ${INTERNAL}x`, null],
    ['Basic dXNlcjpwYXNz', null],
    ['Bearer', null],
    [`Bearer ${'a'.repeat(600)}`, null],
  ])('%s', async (authorization, expected) => {
    expect(await identify(authorization)).toEqual(expected);
  });
});
