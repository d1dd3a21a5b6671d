import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { closedPort, createTestbed, listen } from '@ia-modules/plugin-testbed';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const at = '2026-05-04T10:00:00.000Z';
const approval: Json = {
  approved: true,
  decisions: [
    { decision: 'approve', by: 'ann', at, values: { limit: 300 } },
    { decision: 'approve', by: 'bob', at, comment: 'fine' },
  ],
  values: { limit: 300 },
};
const rejected: Json = { approved: false, decisions: [{ decision: 'reject', by: 'cho', at }], values: {} };

describe('approved, decided_by', () => {
  const holds = testbed.condition;

  it('knows what came of it', async () => {
    expect(await holds('approved', { approval })).toBe(true);
    expect(await holds('approved', { approval: rejected })).toBe(false);
    expect(await holds('approved', { approval, at_least: 2 })).toBe(true);
    expect(await holds('approved', { approval, at_least: 3 })).toBe(false);
    expect(await holds('approved', { approval: { approved: true, decisions: [], values: {} } })).toBe(true);
  });

  it('looks at the step that ended when nothing is named', async () => {
    const input = {
      config: {},
      parameters: {},
      step: { id: 'ask', status: 'succeeded', output: approval, error: null },
    };
    expect(await testbed.call('condition', 'approved', input)).toBe(true);
    await expect(holds('approved', {})).rejects.toThrow('no output of a human.approval');
  });

  it('knows who took part', async () => {
    expect(await holds('decided_by', { approval, people: ['bob', 'dan'] })).toBe(true);
    expect(await holds('decided_by', { approval, people: ['user:bob', 'dan'], match: 'all' })).toBe(false);
    expect(await holds('decided_by', { approval, people: ['ann', 'bob'], match: 'all', decision: 'approve' })).toBe(
      true,
    );
    expect(await holds('decided_by', { approval: rejected, people: ['cho'], decision: 'approve' })).toBe(false);
  });
});

describe('form', () => {
  const form = { type: 'object', properties: { limit: { type: 'number', maximum: 250 } }, required: ['limit'] };
  const check = (value: Json, config: JsonObject) => testbed.call('validator', 'form', { value, config });

  it('checks the values of a decision', async () => {
    expect(await check(approval, { form })).toEqual({
      valid: false,
      errors: [{ path: '$.values.limit', message: expect.stringContaining('250') }],
    });
    expect(await check({ limit: 9 }, { form, of: 'values' })).toEqual({ valid: true, errors: [] });
    expect(await check({}, { form, of: 'values' })).toMatchObject({ valid: false, errors: [{ path: '$.limit' }] });
  });

  it('refuses forms that can not be used', async () => {
    await expect(check(approval, { form: { $ref: '#' } })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});

describe('notify', () => {
  const event = {
    type: 'approval_requested',
    stepId: 'buy',
    data: { title: 'Buy a printer?', assignees: ['bob', 'role:buyer'], quorum: 2, deadline: '2d' },
  };
  const tell = (config: JsonObject, told: JsonObject = event) =>
    testbed.call('hook', 'notify', { event: told, config });

  it('posts who is asked for what', async () => {
    const server = await listen((_request, response) => void response.end('ok'));
    await tell({ url: `${server.origin}/hook`, pipeline: 'purchases', link: 'https://portal.example/approvals' });
    await tell({ url: server.origin, body: 'event' }, { type: 'approval_decided', stepId: 'buy', data: {} });
    await server.close();
    const [first, second] = server.seen;
    expect(JSON.parse(String(first?.body))).toEqual({
      text: [
        'Buy a printer? (purchases, run run-1, step buy)',
        'Asked: bob, role:buyer, 2 of them',
        'Until: 2d',
        'https://portal.example/approvals',
      ].join('\n'),
    });
    expect(first?.headers['idempotency-key']).toBe('run-1/step');
    expect(JSON.parse(String(second?.body))).toMatchObject({
      text: 'approval decided (run run-1, step buy)',
      run_id: 'run-1',
    });
  });

  it('tells a server that is busy from one that refuses, without the address that may be a secret', async () => {
    const server = await listen(({ path }, response) => void response.writeHead(path === '/busy' ? 503 : 403).end());
    await expect(tell({ url: `${server.origin}/busy` })).rejects.toMatchObject({
      name: 'HttpStatusError',
      retryable: true,
    });
    const refused = await tell({ url: `${server.origin}/s3cr3t` }).catch((error: unknown) => error);
    await server.close();
    expect(refused).toMatchObject({ retryable: false, details: { status: 403 } });
    expect(String(refused)).not.toContain('s3cr3t');
  });

  it('calls what the network does a NetworkError', async () => {
    await expect(tell({ url: `http://127.0.0.1:${await closedPort()}/` })).rejects.toMatchObject({
      name: 'NetworkError',
      retryable: true,
    });
    const silent = await listen(() => {});
    await expect(tell({ url: silent.origin, timeout_ms: 100 })).rejects.toThrow('did not answer within 100 ms');
    await silent.close();
  });
});
