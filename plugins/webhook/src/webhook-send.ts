import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { deliver, targetFields } from './deliver.ts';
import { envelope } from './envelope.ts';

export const webhookSend = defineStep({
  name: 'send',
  title: 'Send a webhook',
  description: 'Sends JSON to an address, signed as Standard Webhooks describes.',
  input: z.strictObject({
    ...targetFields,
    type: z
      .string()
      .regex(/^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*$/)
      .max(200)
      .optional()
      .describe('Wraps the payload: {type, timestamp, data}. Left out, the payload is sent as it is.'),
    payload: z.custom<Json>().describe('What is sent.'),
  }),
  output: z.object({
    id: z.string().describe('Of the message; the same for every attempt of the step.'),
    status: z.int().describe('HTTP status of the answer.'),
    response: z.string().describe('Text of the answer.'),
  }),
  run: async ({ type, payload, ...target }, ctx) => {
    const body = type === undefined ? payload : envelope(type, payload, ctx.clock.now());
    const { id, status, text } = await deliver(ctx, { target, key: ctx.idempotencyKey, body });
    return { id, status, response: text };
  },
});
