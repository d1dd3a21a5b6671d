import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, listen, type LocalServer, type Seen, type Testbed } from '@ia-modules/plugin-testbed';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';

let server: LocalServer;
let testbed: Testbed;
/** Statuses of the next answers; 200 after them. */
let statuses: number[] = [];

beforeAll(async () => {
  server = await listen((_request, response) => {
    response.writeHead(statuses.shift() ?? 200, { 'retry-after': '0' }).end('thanks');
  });
  testbed = createTestbed({ plugin, packageJson });
});
beforeEach(() => {
  server.seen.length = 0;
  statuses = [];
  testbed.reset();
});
afterAll(() => server.close());

const SECRET = `whsec_${Buffer.from('a secret of 24 characters').toString('base64')}`;
const target = (rest: JsonObject = {}): JsonObject => ({ url: `${server.origin}/hook`, ...rest });
const bodyOf = (request: Seen | undefined) => JSON.parse(request?.body.toString() ?? '') as never;
const verify = (request: Seen | undefined, webhook = new Webhook(SECRET)): unknown =>
  webhook.verify(request?.body.toString() ?? '', request?.headers as Record<string, string>);

describe('webhook.send', () => {
  it('signs what it sends, so that receivers can verify it', async () => {
    const sent = await testbed.step('send', target({ secret: SECRET, payload: { total: 1, name: 'Grüße' } }));
    expect(sent).toMatchObject({ status: 200, response: 'thanks' });
    expect(verify(server.seen[0])).toEqual({ total: 1, name: 'Grüße' });
    expect(server.seen[0]?.headers['webhook-id']).toBe(sent['id']);
  });

  it('signs with a secret that is no base64', async () => {
    await testbed.step('send', target({ secret: 'correct horse', payload: 1 }));
    expect(verify(server.seen[0], new Webhook(new TextEncoder().encode('correct horse'), { format: 'raw' }))).toBe(1);
  });

  it('wraps the payload when it has a type', async () => {
    await testbed.step('send', target({ type: 'order.paid', payload: { id: 7 } }));
    expect(bodyOf(server.seen[0])).toEqual({
      type: 'order.paid',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      data: { id: 7 },
    });
    expect(server.seen[0]?.headers).not.toHaveProperty('webhook-signature');
  });

  it('tries again under the same id', async () => {
    statuses = [503, 429, 500];
    expect(await testbed.step('send', target({ payload: 1, max_attempts: 4 }))).toMatchObject({ status: 200 });
    expect(new Set(server.seen.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(server.seen).toHaveLength(4);
  });

  it('does not try again what is refused for good, nor more often than it may', async () => {
    statuses = [410];
    await expect(testbed.step('send', target({ payload: 1 }))).rejects.toMatchObject({ retryable: false });
    statuses = [500, 500];
    await expect(testbed.step('send', target({ payload: 1, max_attempts: 2 }))).rejects.toMatchObject({
      retryable: true,
    });
    expect(server.seen).toHaveLength(3);
  });

  it('refuses a secret that is none, without showing it', async () => {
    const error: unknown = await testbed
      .step('send', target({ payload: 1, secret: 'whsec_***hush***' }))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    expect(JSON.stringify(error) + String(error)).not.toContain('hush');
  });
});

describe('webhook.notify', () => {
  const event = { type: 'run_succeeded', data: { outputs: { total: 1 } } };

  it('tells what happened, and the data only when asked', async () => {
    await testbed.call('hook', 'notify', { event, config: target({ secret: SECRET }) });
    await testbed.call('hook', 'notify', { event, config: target({ include_data: true }) });
    const data = { run_id: 'run-1', text: 'Run run-1 has succeeded' };
    expect(verify(server.seen[0])).toMatchObject({ type: 'run.succeeded', data });
    expect(bodyOf(server.seen[0])).not.toHaveProperty('data.event');
    expect(bodyOf(server.seen[1])).toMatchObject({ data: { ...data, event: { outputs: { total: 1 } } } });
  });

  it('signs with the secret that the tenant grants', async () => {
    const granted = createTestbed({ plugin, packageJson, secrets: { WEBHOOK_SECRET: SECRET } });
    await granted.call('hook', 'notify', { event, config: target() });
    expect(verify(server.seen[0])).toMatchObject({ type: 'run.succeeded' });
  });
});

describe('webhook.report', () => {
  const events = Array.from({ length: 5 }, (_, index) => ({
    runId: 'run-1',
    seq: index + 1,
    at: 1_700_000_000_000 + index,
    type: 'step_succeeded',
    stepId: 'pay',
    data: { output: index },
  }));

  it('sends all events in order, in batches that can be told apart', async () => {
    statuses = [200, 503];
    await testbed.call('reporter', 'report', { events, config: target({ max_events: 2 }) });
    const received = server.seen.filter((_, index) => index !== 1);
    const sequence = received.flatMap(
      (request) => (bodyOf(request) as { data: { events: { seq: number }[] } }).data.events,
    );
    expect(sequence.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(sequence[0]).toEqual({
      run_id: 'run-1',
      step_id: 'pay',
      seq: 1,
      at: '2023-11-14T22:13:20.000Z',
      type: 'step_succeeded',
      data: { output: 0 },
    });
    expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
  });

  it('gives a batch that is reported again the same id', async () => {
    for (let time = 0; time < 2; time++) await testbed.call('reporter', 'report', { events, config: target() });
    expect(server.seen[0]?.headers['webhook-id']).toBe(server.seen[1]?.headers['webhook-id']);
  });
});

describe('webhook.export', () => {
  const at = 1_700_000_000_000;
  const point = { name: 'ia.step.duration', kind: 'histogram', unit: 's', value: 1.5, labels: { step: 'pay' }, at };
  const counter = { name: 'ia.run.cost', kind: 'counter', unit: 'USD', value: 0.25, labels: {}, at };
  const points = [
    point,
    { ...point, value: 0.5, at: at + 1 },
    { ...point, labels: { step: 'ship' } },
    counter,
    counter,
  ];

  it('sends points as JSON', async () => {
    await testbed.call('exporter', 'export', { points, config: target({ max_points: 4 }) });
    expect(bodyOf(server.seen[0])).toMatchObject({
      type: 'run.metrics',
      data: { points: [{ name: 'ia.step.duration', value: 1.5, at: '2023-11-14T22:13:20.000Z' }, {}, {}, {}] },
    });
    expect(server.seen).toHaveLength(2);
  });

  it('sends points as OTLP has them', async () => {
    await testbed.call('exporter', 'export', { points, config: target({ format: 'otlp_json', service_name: 'shop' }) });
    expect(bodyOf(server.seen[0])).toEqual({
      resourceMetrics: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          scopeMetrics: [
            {
              scope: { name: 'ia-modules' },
              metrics: [
                {
                  name: 'ia.step.duration',
                  unit: 's',
                  histogram: {
                    aggregationTemporality: 1,
                    dataPoints: [
                      {
                        attributes: [{ key: 'step', value: { stringValue: 'pay' } }],
                        startTimeUnixNano: '1700000000000000000',
                        timeUnixNano: '1700000000001000000',
                        count: '2',
                        sum: 2,
                        min: 0.5,
                        max: 1.5,
                        bucketCounts: ['2'],
                        explicitBounds: [],
                      },
                      expect.objectContaining({ count: '1', sum: 1.5 }),
                    ],
                  },
                },
                {
                  name: 'ia.run.cost',
                  unit: 'USD',
                  sum: {
                    aggregationTemporality: 1,
                    isMonotonic: true,
                    dataPoints: [
                      {
                        attributes: [],
                        startTimeUnixNano: '1700000000000000000',
                        timeUnixNano: '1700000000000000000',
                        asDouble: 0.5,
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });
});
