import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, listen, type LocalServer, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';

// Teams itself can not be reached from where tests run: this server answers as a workflow's webhook does.
let server: LocalServer;
let testbed: Testbed;
let busy = 0;

beforeAll(async () => {
  server = await listen(({ path }, response) => {
    busy -= 1;
    if (busy >= 0) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.writeHead(path === '/workflows/hush' ? 202 : 401).end();
  });
  testbed = createTestbed({ plugin, packageJson });
});
beforeEach(() => {
  server.seen.length = 0;
  busy = 0;
  testbed.reset();
});
afterAll(() => server.close());

type Sent = {
  readonly type: string;
  readonly attachments: readonly [{ readonly contentType: string; readonly content: JsonObject }];
};
const sent = (): Sent => JSON.parse(server.seen[0]?.body.toString() ?? '') as Sent;
const target = () => ({ webhook_url: `${server.origin}/workflows/hush` });

describe('teams.send', () => {
  it('sends an Adaptive Card', async () => {
    const message = {
      title: 'Deployed',
      text: 'to *production*',
      facts: [{ name: 'version', value: '1.2' }],
      links: [{ title: 'Open', url: 'https://example.com/' }],
      tone: 'good',
    };
    expect(await testbed.step('send', { ...target(), ...message })).toEqual({ status: 202 });
    expect(sent()).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            version: '1.4',
            body: [
              {
                type: 'RichTextBlock',
                inlines: [{ type: 'TextRun', text: 'Deployed', weight: 'bolder', color: 'good' }],
              },
              { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'to *production*' }] },
              { type: 'RichTextBlock', inlines: [{ text: 'version: ' }, { text: '1.2' }] },
            ],
            actions: [{ type: 'Action.OpenUrl', title: 'Open', url: 'https://example.com/' }],
          },
        },
      ],
    });
  });

  it('lets a text hold Markdown where its author says so', async () => {
    await testbed.step('send', { ...target(), text: '**bold**', format: 'markdown' });
    expect(sent().attachments[0].content['body']).toEqual([{ type: 'TextBlock', text: '**bold**', wrap: true }]);
  });

  it('sends a card of the author’s own', async () => {
    const card = { type: 'AdaptiveCard', version: '1.5', body: [] };
    await testbed.step('send', { ...target(), card });
    expect(sent().attachments[0].content).toEqual(card);
  });

  it('waits as long as Teams asks', async () => {
    busy = 1;
    expect(await testbed.stepWithoutWaits('send', { ...target(), text: 'x' })).toEqual({ status: 202 });
    expect(testbed.slept).toEqual([1_000]);
  });

  it('refuses what is empty or too large, and tells what the workflow refuses', async () => {
    await expect(testbed.step('send', target())).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    const long = { ...target(), card: { text: 'x'.repeat(30_000) } };
    await expect(testbed.step('send', long)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    expect(server.seen).toHaveLength(0);
    const gone: unknown = await testbed
      .step('send', { webhook_url: `${server.origin}/workflows/gone-hush`, text: 'x' })
      .catch((thrown: unknown) => thrown);
    expect(gone).toMatchObject({ name: 'HttpStatusError', retryable: false, details: { status: 401 } });
    expect(JSON.stringify(gone) + String(gone)).not.toContain('hush');
  });
});

describe('teams.notify', () => {
  it('says what happened', async () => {
    const event = { type: 'approval_requested', stepId: 'sign', data: { title: 'Sign the contract' } };
    await testbed.call('hook', 'notify', { event, config: target() });
    expect(JSON.stringify(sent().attachments[0].content)).toContain('Step sign of run run-1 needs an approval');
    expect(JSON.stringify(sent().attachments[0].content)).toContain('Sign the contract');
  });

  it('says what its author says', async () => {
    const event = { type: 'run_succeeded', data: {} };
    await testbed.call('hook', 'notify', { event, config: { ...target(), text: 'Well done' } });
    expect(sent().attachments[0].content['body']).toMatchObject([{ inlines: [{ text: 'Well done' }] }]);
  });
});
