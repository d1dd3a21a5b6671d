import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import {
  closedPort,
  createTestbed,
  listen,
  type LocalServer,
  sendJson,
  type Testbed,
} from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';

let server: LocalServer;
let testbed: Testbed;
/** How often `/job` is still asked before it is done. */
let jobLeft = 0;

beforeAll(async () => {
  server = await listen(({ path, headers }, response) => {
    if (path === '/health') return sendJson(response, { state: 'up', load: 0.5, tags: ['a'] });
    if (path === '/private') return sendJson(response, {}, headers.authorization === 'Bearer hush' ? 200 : 401);
    if (path === '/text') return void response.end('all is well');
    if (path === '/down') return void response.writeHead(503, { 'retry-after': '7' }).end();
    if (path === '/silent') return undefined;
    if (path === '/hangup') return void response.destroy();
    if (path !== '/job') return sendJson(response, {}, 404);
    jobLeft -= 1;
    return jobLeft < 0
      ? sendJson(response, { job: { state: 'done', id: 7 } })
      : sendJson(response, { job: { state: 'queued' } }, 202);
  });
  testbed = createTestbed({ plugin, packageJson });
});
beforeEach(() => {
  server.seen.length = 0;
  testbed.reset();
});
afterAll(() => server.close());

const at = (path: string, rest: JsonObject = {}): JsonObject => ({ url: `${server.origin}${path}`, ...rest });

describe('api.available', () => {
  it.each<[string, JsonObject, boolean]>([
    ['/health', {}, true],
    ['/health', { method: 'HEAD' }, true],
    ['/down', {}, false],
    ['/down', { expect_status: [503, 504] }, true],
    ['/health', { body_json: { path: 'state', value: 'up' } }, true],
    ['/health', { body_json: { path: 'load', operator: 'less_than', value: 0.5 } }, false],
    ['/health', { body_json: { path: 'state', operator: 'less_than', value: 1 } }, false],
    ['/text', { body_json: { path: 'state', value: 'up' } }, false],
    ['/text', { body_contains: 'well' }, true],
    ['/text', { body_contains: 'ill' }, false],
    ['/text', { max_latency_ms: 5_000 }, true],
    ['/silent', { timeout_ms: 30 }, false],
    ['/hangup', {}, false],
    ['/private', {}, false],
    ['/private', { headers: { authorization: 'Bearer hush' } }, true],
  ])('asks %s with %j: %s', async (path, config, holds) => {
    expect(await testbed.condition('available', at(path, config))).toBe(holds);
  });

  it('does not hold where nobody listens', async () => {
    expect(await testbed.condition('available', { url: `http://127.0.0.1:${await closedPort()}/` })).toBe(false);
  });

  it('tells what is wrong with the question from what is wrong with the answer', async () => {
    const config = at('/health', { body_json: { path: 'state', operator: 'matches', value: '(' } });
    await expect(testbed.condition('available', config)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});

describe('api.data', () => {
  it.each<[JsonObject, boolean]>([
    [{ path: 'state', value: 'up' }, true],
    [{ path: 'load', operator: 'greater_than', value: 0.4 }, true],
    [{ path: 'tags', operator: 'contains', value: 'b' }, false],
    [{ path: 'tags[0]', operator: 'in', value: ['a', 'b'] }, true],
    [{ path: 'missing', operator: 'exists' }, false],
    [{ path: 'missing', operator: 'not_exists' }, true],
    [{ path: 'missing', operator: 'not_equals', value: 1 }, false],
    [{ value: { state: 'up', load: 0.5, tags: ['a'] } }, true],
  ])('%j: %s', async (config, holds) => {
    expect(await testbed.condition('data', at('/health', config))).toBe(holds);
  });

  it('fails when no answer comes, or does not hold, as asked', async () => {
    const config = at('/down', { path: 'state', value: 'up' });
    await expect(testbed.condition('data', config)).rejects.toMatchObject({ name: 'HttpStatusError', retryable: true });
    expect(await testbed.condition('data', { ...config, if_unavailable: 'false' })).toBe(false);
  });

  it('refuses an operator without its value', async () => {
    await expect(testbed.condition('data', at('/health', { operator: 'equals' }))).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
    expect(server.seen).toHaveLength(0);
  });
});

describe('api.check', () => {
  it('asks several times and sums up', async () => {
    const checked = await testbed.step('check', at('/health', { tries: 4, interval_ms: 0 }));
    expect(checked).toMatchObject({ available: true, success_rate: 1, certificate: null });
    expect(checked['tries']).toHaveLength(4);
    const { min, median, p95, max } = checked['latency_ms'] as Record<string, number>;
    expect([min, median, p95, max]).toEqual([min, median, p95, max].toSorted((a, b) => Number(a) - Number(b)));
    expect(testbed.progress.at(-1)?.[0]).toBe(1);
  });

  it('tells of each try what was wrong', async () => {
    const checked = await testbed.step('check', at('/hangup', { tries: 2, interval_ms: 0 }));
    expect(checked).toMatchObject({ available: false, success_rate: 0, latency_ms: null });
    expect(checked['tries']).toMatchObject([{ status: null, problem: expect.any(String) as Json }, {}]);
    expect(await testbed.step('check', at('/down', { tries: 1, min_success_rate: 0 }))).toMatchObject({
      available: true,
      tries: [{ status: 503, problem: 'The status is 503.' }],
    });
  });
});

describe('api.wait_until', () => {
  const until = { path: 'job.state', value: 'done' };
  const wait = (path: string, input: JsonObject = {}) =>
    testbed.stepWithoutWaits('wait_until', at(path, { until, ...input }));

  it('asks ever more slowly until the answer is there', async () => {
    jobLeft = 4;
    expect(await wait('/job', { interval_ms: 1_000, backoff: 2, max_interval_ms: 4_000 })).toMatchObject({
      body: { job: { state: 'done', id: 7 } },
      tries: 5,
    });
    expect(testbed.slept).toEqual([1_000, 2_000, 4_000, 4_000]);
  });

  it('gives up at its deadline, and may be tried again', async () => {
    jobLeft = 1_000;
    await expect(wait('/job', { interval_ms: 1_000, backoff: 1, deadline_ms: 3_500 })).rejects.toMatchObject({
      name: 'TimeoutError',
      retryable: true,
      details: { tries: 4, status: 202 },
    });
  });

  it('gives up at once when it can not come any more', async () => {
    const fail_when = { path: 'job.state', value: 'queued' };
    jobLeft = 0;
    await expect(
      wait('/job', { until: { path: 'job.id', value: 8 }, fail_when: { path: 'job.state', value: 'done' } }),
    ).rejects.toMatchObject({
      name: 'GivenUpError',
      retryable: false,
    });
    await expect(wait('/private', { fail_when })).rejects.toMatchObject({
      name: 'GivenUpError',
      details: { status: 401 },
    });
  });

  it('bears with a server that is away, and waits as long as it asks', async () => {
    await expect(wait('/hangup', { interval_ms: 1_000, backoff: 1, deadline_ms: 2_500 })).rejects.toMatchObject({
      name: 'TimeoutError',
      details: { status: null },
    });
    testbed.reset();
    await expect(wait('/down', { interval_ms: 10, deadline_ms: 15_000 })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(testbed.slept).toEqual([7_000, 7_000]);
  });

  it('stops when the run is canceled', async () => {
    jobLeft = 1_000;
    const controller = new AbortController();
    const pending = testbed.step('wait_until', at('/job', { until, interval_ms: 60_000 }), controller.signal);
    controller.abort(new Error('canceled by a person'));
    await expect(pending).rejects.toMatchObject({ disposition: 'canceled' });
  });
});
