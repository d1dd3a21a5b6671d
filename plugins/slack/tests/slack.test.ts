import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, listen, type LocalServer, type Seen, sendJson, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';

// Slack itself can not be reached from where tests run: this server answers in the form that Slack documents.
let server: LocalServer;
let testbed: Testbed;
/** How often the server is still too busy. */
let busy = 0;

const bodyOf = (request: Seen | undefined) => JSON.parse(request?.body.toString() ?? '') as Record<string, unknown>;

beforeAll(async () => {
  server = await listen((request, response) => {
    if (busy > 0) {
      busy -= 1;
      return void response.writeHead(429, { 'retry-after': '3' }).end();
    }
    if (request.path === '/services/T/B/hush') return void response.end('ok');
    if (request.path === '/services/T/B/gone') return void response.writeHead(404).end('no_service');
    if (request.path === '/upload') return void response.end('OK - 3');
    if (request.headers.authorization !== 'Bearer xoxb-hush')
      return sendJson(response, { ok: false, error: 'invalid_auth' });
    if (request.path === '/api/chat.postMessage') {
      const { channel } = bodyOf(request);
      if (channel === 'C404') return sendJson(response, { ok: false, error: 'channel_not_found' });
      return sendJson(response, { ok: true, channel: 'C1', ts: '1503435956.000247', message: {} });
    }
    if (request.path === '/api/files.getUploadURLExternal') {
      return sendJson(response, { ok: true, upload_url: `${server.origin}/upload`, file_id: 'F1' });
    }
    return sendJson(response, { ok: true, files: [{ id: 'F1' }] });
  });
  testbed = createTestbed({ plugin, packageJson });
});
beforeEach(() => {
  server.seen.length = 0;
  busy = 0;
  testbed.reset();
});
afterAll(() => server.close());

const webhook = () => ({ webhook_url: `${server.origin}/services/T/B/hush` });
const bot = () => ({ token: 'xoxb-hush', channel: 'C1', api_url: `${server.origin}/api` });

describe('slack.send', () => {
  it('posts to a webhook, and shows the text as it is', async () => {
    expect(await testbed.step('send', { ...webhook(), text: '<!channel> a & b' })).toEqual({ channel: null, ts: null });
    expect(bodyOf(server.seen[0])).toEqual({ text: '&lt;!channel&gt; a &amp; b', unfurl_links: false });
  });

  it('posts as a bot, in a thread and with blocks', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*Hello*' } }];
    const message = {
      text: '<https://example.com|link>',
      format: 'mrkdwn',
      blocks,
      thread_ts: '1.2',
      reply_broadcast: true,
    };
    expect(await testbed.step('send', { ...bot(), ...message })).toEqual({ channel: 'C1', ts: '1503435956.000247' });
    expect(bodyOf(server.seen[0])).toEqual({
      channel: 'C1',
      text: '<https://example.com|link>',
      blocks,
      thread_ts: '1.2',
      reply_broadcast: true,
      unfurl_links: false,
    });
  });

  it('waits as long as Slack asks', async () => {
    busy = 2;
    await testbed.stepWithoutWaits('send', { ...webhook(), text: 'x' });
    expect(testbed.slept).toEqual([3_000, 3_000]);
    expect(server.seen).toHaveLength(3);
  });

  it.each<[string, JsonObject, JsonObject]>([
    [
      'a channel that is not there',
      { channel: 'C404' },
      { name: 'SlackError', details: { error: 'channel_not_found' } },
    ],
    ['a wrong token', { token: 'xoxb-hush-hush' }, { name: 'SlackError', details: { error: 'invalid_auth' } }],
  ])('says what Slack says of %s, without the token', async (_what, input, error) => {
    const thrown: unknown = await testbed
      .step('send', { ...bot(), text: 'x', ...input })
      .catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ retryable: false, ...error });
    expect(JSON.stringify(thrown) + String(thrown)).not.toContain('hush');
  });

  it('tells a webhook that is gone, without its path', async () => {
    const thrown: unknown = await testbed
      .step('send', { webhook_url: `${server.origin}/services/T/B/gone`, text: 'x' })
      .catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ details: { status: 404 }, hint: 'Slack says: no_service' });
    expect(JSON.stringify(thrown) + String(thrown)).not.toContain('services');
  });

  it.each<[string, JsonObject]>([
    ['nowhere to go', { text: 'x' }],
    ['a token without a channel', { token: 'x', text: 'x' }],
    ['a webhook with a channel', { webhook_url: 'http://127.0.0.1/', channel: 'C1', text: 'x' }],
    ['nothing to say', { webhook_url: 'http://127.0.0.1/' }],
  ])('refuses %s', async (_what, input) => {
    await expect(testbed.step('send', input)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});

describe('slack.upload', () => {
  it('shares a file in three steps', async () => {
    testbed.blobs.set('b1', Buffer.from([0, 255, 10]));
    const file = { blob: 'b1', sizeBytes: 3, contentType: 'image/png' };
    const input = { ...bot(), file, filename: 'a.png', comment: 'see <this>', thread_ts: '1.2' };
    expect(await testbed.step('upload', input)).toEqual({ file_id: 'F1' });
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/api/files.getUploadURLExternal',
      '/upload',
      '/api/files.completeUploadExternal',
    ]);
    expect(Object.fromEntries(server.seen[0]?.query ?? [])).toEqual({ filename: 'a.png', length: '3' });
    expect(server.seen[1]?.body).toEqual(Buffer.from([0, 255, 10]));
    expect(server.seen[1]?.headers.authorization).toBeUndefined();
    expect(bodyOf(server.seen[2])).toEqual({
      channel_id: 'C1',
      files: [{ id: 'F1', title: 'a.png' }],
      initial_comment: 'see &lt;this&gt;',
      thread_ts: '1.2',
    });
  });
});

describe('slack.notify', () => {
  it('says what happened, without markup of others', async () => {
    const event = {
      type: 'run_failed',
      data: { error: { name: 'HttpStatusError', message: 'GET <x> & y', hint: 'Wait.' } },
    };
    await testbed.call('hook', 'notify', { event, config: webhook() });
    expect(bodyOf(server.seen[0])['text']).toBe(
      ':x: Run run-1 has failed\n*error*: HttpStatusError\n*message*: GET &lt;x&gt; &amp; y\n*hint*: Wait.',
    );
  });

  it('says what its author says', async () => {
    const event = { type: 'step_succeeded', stepId: 'pay', data: { output: 'confidential' } };
    await testbed.call('hook', 'notify', { event, config: { ...bot(), text: 'Paid <b>' } });
    await testbed.call('hook', 'notify', { event, config: webhook() });
    expect(bodyOf(server.seen[0])).toMatchObject({ channel: 'C1', text: 'Paid &lt;b&gt;' });
    expect(bodyOf(server.seen[1])['text']).toBe(':white_check_mark: Step pay of run run-1 has succeeded');
  });
});
