import { defineHook } from '@ia-modules/plugin-sdk';
import { noticeOf } from '@ia-modules/run-notices';
import { z } from 'zod';
import { deliver, targetFields } from './deliver.ts';
import { envelope } from './envelope.ts';

export const webhookNotify = defineHook({
  name: 'notify',
  title: 'Webhook notification',
  description: 'Tells an address what happens in a run.',
  config: z.strictObject({
    ...targetFields,
    include_data: z
      .boolean()
      .default(false)
      .describe('Whether to send what the event holds, such as the run’s outputs.'),
  }),
  handle: async ({ event, config: { include_data: includesData, ...target } }, ctx) => {
    const { runId } = ctx.task;
    const data = {
      run_id: runId,
      ...(event.stepId === undefined ? {} : { step_id: event.stepId }),
      text: noticeOf(event, ctx.task).headline,
      ...(includesData ? { event: event.data } : {}),
    };
    const body = envelope(event.type.replace('_', '.'), data, ctx.clock.now());
    await deliver(ctx, { target, key: ctx.idempotencyKey, body });
  },
});
