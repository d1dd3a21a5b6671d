import { z } from 'zod';

const person = { to: z.email(), name: z.string() };

const approval = {
  ...person,
  tenantName: z.string(),
  tenantSlug: z.string(),
  tenantId: z.string(),
  runId: z.string(),
  pipelineName: z.string(),
  stepId: z.string(),
  deadlineAt: z.string().nullable(),
};

/** What a mail says and to whom, as it waits in the queue. */
export const mailSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('verifyEmail'), ...person, url: z.url() }),
  z.object({ kind: z.literal('resetPassword'), ...person, url: z.url() }),
  z.object({
    kind: z.literal('invitation'),
    to: z.email(),
    tenantName: z.string(),
    inviterName: z.string(),
    role: z.string(),
    url: z.url(),
    expiresAt: z.string(),
  }),
  z.object({
    kind: z.literal('pluginTakenDown'),
    ...person,
    tenantName: z.string(),
    tenantSlug: z.string(),
    pluginName: z.string(),
    version: z.string().nullable(),
    reason: z.string(),
  }),
  z.object({ kind: z.literal('approvalRequested'), ...approval }),
  z.object({ kind: z.literal('approvalEscalated'), ...approval }),
]);

export type Mail = z.output<typeof mailSchema>;
