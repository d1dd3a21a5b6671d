import { manifestSchema } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import type { SandboxCall } from '../plugin-call.ts';
import { isNetGranted, permittedSecrets, processKey } from './permissions.ts';

const manifest = manifestSchema.parse({
  apiVersion: 1,
  contributions: { steps: [{ name: 'go', title: 'Go' }] },
  permissions: { net: ['*.example.com', 'api.other.org'], secrets: ['A', 'B'], blobs: false },
});
const plugin = { name: '@community/x', version: '1.0.0', integrity: 'sha512-x', directory: '/x', manifest };
const call = (grant: SandboxCall['grant'], secrets?: Readonly<Record<string, string>>): SandboxCall => ({
  tenantId: 't',
  plugin,
  grant,
  kind: 'step',
  name: 'go',
  task: { runId: 'run-1', stepId: 'go', attempt: 1 },
  input: null,
  idempotencyKey: 'k',
  ...(secrets === undefined ? {} : { secrets }),
});

describe('permissions', () => {
  it('opens a host that both the manifest and the grant cover', () => {
    const isGranted = isNetGranted(call({ net: ['api.example.com', 'evil.org'], secrets: [], blobs: false }));
    expect(isGranted('api.example.com', 443)).toBe(true);
    expect(isGranted('www.example.com', 443)).toBe(false);
    expect(isGranted('evil.org', 443)).toBe(false);
    expect(isGranted('api.other.org', 443)).toBe(false);
    expect(isGranted('api.example.com', 22)).toBe(false);
  });

  it('hands out the secrets that both name and that exist', () => {
    const values = { A: '1', B: '2', C: '3' };
    expect(permittedSecrets(call({ net: [], secrets: ['A', 'C', 'toString'], blobs: false }, values))).toEqual({
      A: '1',
    });
    expect(permittedSecrets(call({ net: [], secrets: ['A'], blobs: false }))).toEqual({});
  });

  it('keys a process by what it may know, whatever the order of a grant', () => {
    const key = processKey(call({ net: ['a.b', 'c.d'], secrets: ['A'], blobs: false }));
    expect(processKey(call({ net: ['c.d', 'a.b'], secrets: ['A'], blobs: false }))).toBe(key);
    expect(processKey(call({ net: ['a.b'], secrets: ['A'], blobs: false }))).not.toBe(key);
  });
});
