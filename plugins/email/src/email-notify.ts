import { defineHook, type HookEvent, type TaskInfo } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { recipientFields } from './mail-fields.ts';
import { mailServerFields } from './mail-server.ts';
import { sendMail } from './send-mail.ts';

const MAX_DATA_CHARS = 10_000;

export const emailNotify = defineHook({
  name: 'notify',
  title: 'Tell somebody by e-mail',
  description: 'Sends a short mail about what happened in a run.',
  config: z.strictObject({
    ...mailServerFields,
    ...recipientFields,
    subject_prefix: z
      .string()
      .max(100)
      .regex(/^[^\r\n\0]*$/, 'must be one line')
      .default('')
      .describe('What the subject starts with, such as `[billing] `.'),
    with_data: z.boolean().default(false).describe("Whether the event's data stands in the mail."),
  }),
  handle: async ({ event, config }, ctx) => {
    await sendMail(trusted(ctx), config, {
      ...config,
      subject: `${config.subject_prefix}${subjectOf(event)}`,
      text: textOf(event, ctx.task, config.with_data),
      headers: {},
      attachments: [],
    });
  },
});

const subjectOf = ({ type, stepId }: HookEvent): string => {
  const words = type.replaceAll('_', ' ');
  return stepId === undefined ? words : `${words}: ${stepId}`;
};

const textOf = (event: HookEvent, task: TaskInfo, isWithData: boolean): string => {
  const lines = [`Event: ${event.type}`, `Run: ${task.runId}`];
  if (event.stepId !== undefined) lines.push(`Step: ${event.stepId}`);
  if (isWithData) lines.push('', JSON.stringify(event.data, null, 2).slice(0, MAX_DATA_CHARS));
  return `${lines.join('\n')}\n`;
};
