import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { contentFields, recipientFields } from './mail-fields.ts';
import { mailServerFields } from './mail-server.ts';
import { sendMail } from './send-mail.ts';

export const emailSend = defineStep({
  name: 'send',
  title: 'Send an e-mail',
  description: 'Hands one mail to an SMTP server. Every attempt of a step has the same Message-ID.',
  input: z.strictObject({ ...mailServerFields, ...recipientFields, ...contentFields }),
  output: z.object({
    message_id: z.string().describe('The same for every attempt of a step.'),
    accepted: z.array(z.string()).describe('The recipients that the server took.'),
    rejected: z.array(z.string()).describe('Those that it refused; when it refuses all, the step fails.'),
  }),
  run: async (input, ctx) => {
    const { messageId, accepted, rejected } = await sendMail(trusted(ctx), input, input);
    return { message_id: messageId, accepted: [...accepted], rejected: [...rejected] };
  },
});
