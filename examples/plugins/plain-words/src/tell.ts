import { defineHook, PluginError } from '@ia-modules/plugin-sdk';

export const tell = defineHook({
  name: 'tell',
  title: 'Tell',
  description: 'Posts what happened in a run to https://hooks.example.com.',
  config: {
    type: 'object',
    properties: { channel: { type: 'string', pattern: '^[a-z]{1,30}$', description: 'Who shall hear of it.' } },
    required: ['channel'],
    additionalProperties: false,
  },
  handle: async ({ event, config }, ctx) => {
    const { ok, status } = await ctx.fetch(`https://hooks.example.com/${config.channel}`, {
      method: 'POST',
      // The same at every attempt: what was told once is not told again.
      headers: { 'content-type': 'application/json', 'idempotency-key': ctx.idempotencyKey },
      body: JSON.stringify({ text: event.type.replaceAll('_', ' '), run: ctx.task.runId }),
    });
    if (ok) return;
    throw new PluginError({ name: 'HookError', message: `The hook answered ${status}.`, retryable: status >= 500 });
  },
});
